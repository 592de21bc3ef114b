import { BaseSequencer, type TestSpecification } from 'vitest/node';

export { SlowestFirst };

/** Seven seconds and more; by how long they take, the longest first. */
const SLOW = [
  'requester/buy.live',
  'runner-hooks/record/kill.live',
  'scripts/cli/requester.live',
  'contracts/zkapps/tab',
  'runner-hooks/driver/local.live',
  'requester/requester.live',
  'scripts/network/mina/mina.live',
  'scripts/cli/bad-input.live',
  'scripts/ci/verify.live',
  'runner-hooks/log/append.live',
  'contracts/chain/network.live',
  'scripts/site/publish.live',
  'oracle/prove/prover.live',
  'contracts/zkapps/model',
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
