import { For, createSignal } from 'solid-js';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { Words } from '../components/words.tsx';
import type { Adoption } from '../store/app.tsx';
import './adoption.css';

export { AdoptionDialog };

/** A link brings another network: nothing of it counts before somebody has read what would change. */
function AdoptionDialog(props: { readonly adoption: Adoption | undefined }) {
  const [isBusy, setBusy] = createSignal(false);
  const accept = async (adoption: Adoption): Promise<void> => {
    setBusy(true);
    try {
      await adoption.accept();
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      isOpen={props.adoption !== undefined}
      title="Use another network?"
      onClose={() => props.adoption?.decline()}
      actions={
        <>
          <Button onClick={() => props.adoption?.decline()}>Keep mine</Button>
          <Button
            variant="primary"
            isBusy={isBusy()}
            onClick={() => {
              if (props.adoption !== undefined) void accept(props.adoption);
            }}
          >
            Use this network
          </Button>
        </>
      }
    >
      <p class="soft">
        <Words text={props.adoption?.from ?? ''} /> wants this page to read and write elsewhere.
        Whoever runs these addresses sees which accounts and blocks you ask for. Accept only what
        you expected.
      </p>
      <ul class="adoption">
        <For each={props.adoption?.changes}>
          {({ name, from, to }) => (
            <li class="adoption__change">
              <span class="adoption__name">{name}</span>
              <del class="adoption__from">
                <Words text={from === '' ? 'not set' : from} />
              </del>
              <ins class="adoption__to">
                <Words text={to === '' ? 'not set' : to} />
              </ins>
            </li>
          )}
        </For>
      </ul>
    </Dialog>
  );
}
