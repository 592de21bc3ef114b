import type { Step } from '../../components/steps.tsx';
import type { Publication } from '../../store/publish.ts';

export { publishSteps };

const STEPS: readonly (readonly [Publication['stage'], string])[] = [
  ['uploading', 'Upload descriptor and keyset to IPFS'],
  ['wallet', 'Your wallet signs the new account'],
  ['sending', 'A block includes it'],
];

/** How far a publication is, and where it failed. */
function publishSteps({ stage, since }: Publication, error?: string): readonly Step[] {
  const at = STEPS.findIndex(([name]) => name === stage);
  return STEPS.map(([, label], i): Step => {
    if (i < at) return { label, state: 'done' };
    if (i > at) return { label, state: 'waiting' };
    return error === undefined
      ? { label, state: 'running', since }
      : { label, state: 'failed', detail: error };
  });
}
