import { Show } from 'solid-js';
import { Steps } from '../../components/steps.tsx';
import { useApp } from '../../store/app.tsx';
import type { Proving } from './proving.ts';

export { ProvingSteps };

/** One step with what it is at: how many there are is the prover's to say. */
const ProvingSteps = (props: { readonly proving: Proving }) => (
  <div class="stack">
    <Steps
      steps={[
        {
          label:
            props.proving.state() === 'done' ? 'Proven and in a block' : 'Prove, sign and send',
          state: props.proving.state() === 'idle' ? 'waiting' : stateOf(props.proving),
          detail: props.proving.error() ?? props.proving.words(),
          since: props.proving.since(),
        },
      ]}
    />
    <p class="small soft">
      <Show
        when={useApp().settings().proofs}
        fallback="This network makes no proofs: a dummy stands in for one."
      >
        Proving uses all of the processor and takes some minutes. Keep this window open.
      </Show>
    </p>
  </div>
);

const stateOf = (proving: Proving): 'running' | 'done' | 'failed' => {
  const state = proving.state();
  return state === 'idle' ? 'running' : state;
};
