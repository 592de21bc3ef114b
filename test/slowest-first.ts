import { BaseSequencer, type TestSpecification } from 'vitest/node';

export { SlowestFirst };

/** Five seconds and more; by how long they take, the longest first. */
const SLOW = [
  'scripts/cli/requester',
  'runner-hooks/driver/local',
  'contracts/zkapps/tab',
  'scripts/network/mina/mina',
  'scripts/cli/bad-input',
  'requester/requester',
  'contracts/chain/network',
  'contracts/zkapps/model',
  'oracle/prove/prover',
  'contracts/programs/prove-log',
];

/**
 * vitest starts the longest first where it has run them before, in a fresh clone the largest files:
 * there a long one in a small file would come last, and one of two workers would wait for it.
 */
class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = ({ moduleId }: TestSpecification): number => {
      const at = SLOW.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return at < 0 ? SLOW.length : at;
    };
    return sorted.sort((a, b) => place(a) - place(b));
  }
}
