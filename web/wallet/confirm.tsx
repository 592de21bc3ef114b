import { Show } from 'solid-js';
import { Address } from '../components/address.tsx';
import { Amount } from '../components/amount.tsx';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { KeyValue, type KeyValueRow } from '../components/key-value.tsx';
import { Words } from '../components/words.tsx';
import type { SigningPrompt } from './prompt.ts';

export { Confirm };

/** What the development wallet asks: Auro shows a window of its own. */
const Confirm = (props: { readonly prompt: SigningPrompt | undefined }) => (
  <Dialog
    isOpen={props.prompt !== undefined}
    title={
      props.prompt?.kind === 'sign' ? 'Sign this transaction?' : 'Connect the development wallet?'
    }
    onClose={() => props.prompt?.reject()}
    actions={
      <>
        <Button onClick={() => props.prompt?.reject()}>Decline</Button>
        <Button variant="primary" autofocus onClick={() => props.prompt?.approve()}>
          {props.prompt?.kind === 'sign' ? 'Sign' : 'Connect'}
        </Button>
      </>
    }
  >
    <Show when={props.prompt}>{(prompt) => <KeyValue rows={rowsOf(prompt())} />}</Show>
    <p>A test account of the embedded network: its money is worth nothing anywhere else.</p>
  </Dialog>
);

function rowsOf(prompt: SigningPrompt): readonly KeyValueRow[] {
  const account = { key: 'Account', value: <Address value={prompt.address} /> };
  if (prompt.kind === 'connect') return [account];
  const { accountUpdates } = prompt.command;
  return [
    account,
    { key: 'It loses', value: <Amount nanomina={prompt.total} isStrong /> },
    { key: 'of which fee', value: <Amount nanomina={prompt.fee} /> },
    {
      key: 'Changes',
      value: `${accountUpdates.length} accounts`,
      note: (
        <>
          {accountUpdates.map(({ body }) => (
            <div>
              <Address value={body.publicKey} />
            </div>
          ))}
        </>
      ),
    },
    ...(prompt.memo === '' ? [] : [{ key: 'Memo', value: <Words text={prompt.memo} /> }]),
  ];
}
