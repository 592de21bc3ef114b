import { Index, type JSX, Show, createUniqueId } from 'solid-js';
import { Button, type ButtonLook } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Amount } from '../../components/amount.tsx';
import { Notice } from '../../components/notice.tsx';
import { WalletConnect } from '../../shell/wallet-connect.tsx';
import { useApp } from '../../store/app.tsx';
import type { Effect } from './effects.ts';

export { OrderDialog, Effects };

/** What a step does to whose MINA, then the one button that takes it. */
function OrderDialog(props: {
  readonly isOpen: boolean;
  readonly title: string;
  readonly confirm: string;
  readonly variant?: ButtonLook['variant'];
  readonly effects?: readonly Effect[] | undefined;
  /** Why it cannot be done now. */
  readonly obstacle?: string | undefined;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  readonly children: JSX.Element;
}) {
  const { wallet } = useApp();
  const form = createUniqueId();
  const isConnected = (): boolean => wallet.status() === 'connected';
  return (
    <Dialog
      isOpen={props.isOpen}
      title={props.title}
      onClose={() => props.onClose()}
      actions={
        <>
          <Button onClick={() => props.onClose()}>Cancel</Button>
          <Show when={isConnected()}>
            <Button
              type="submit"
              form={form}
              variant={props.variant ?? 'primary'}
              disabled={props.obstacle !== undefined}
            >
              {props.confirm}
            </Button>
          </Show>
        </>
      }
    >
      <form
        id={form}
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (isConnected() && props.obstacle === undefined) props.onConfirm();
        }}
      >
        {props.children}
        <Show when={props.effects}>{(effects) => <Effects effects={effects()} />}</Show>
        <Show when={props.obstacle}>{(obstacle) => <Notice tone="warn">{obstacle()}</Notice>}</Show>
        <Show when={!isConnected()}>
          <Show
            when={wallet.status() !== 'wrong-network'}
            fallback={
              <Notice
                tone="warn"
                title="The wallet is on another network"
                actions={
                  <Button size="small" onClick={() => void wallet.switchNetwork()}>
                    Switch the wallet
                  </Button>
                }
              >
                It cannot pay here until it is on the node’s network.
              </Notice>
            }
          >
            <WalletConnect />
          </Show>
        </Show>
      </form>
    </Dialog>
  );
}

/** Exact amounts, one a line, and what is only about so. */
const Effects = (props: { readonly effects: readonly Effect[] }) => (
  <dl class="effects">
    <Index each={props.effects}>
      {(effect) => (
        <div class="effects__one">
          <dt>{effect().label}</dt>
          <dd>
            <Show when={effect().isAbout}>
              <span class="faint">about </span>
            </Show>
            <Amount nanomina={effect().nanomina} isStrong />
          </dd>
          <Show when={effect().note}>{(note) => <dd class="effects__note">{note()}</dd>}</Show>
        </div>
      )}
    </Index>
  </dl>
);
