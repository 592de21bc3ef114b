import { Match, Show, Switch } from 'solid-js';
import { Address } from '../components/address.tsx';
import { Amount } from '../components/amount.tsx';
import { StatusDot } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { KeyValue } from '../components/key-value.tsx';
import { Notice } from '../components/notice.tsx';
import { Popover } from '../components/popover.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { shorten } from '../components/shorten.ts';
import { useApp } from '../store/app.tsx';
import { WALLET_NAMES, WalletConnect } from './wallet-connect.tsx';

export { WalletChip };

/** Who pays. */
function WalletChip() {
  const { wallet } = useApp();
  const isConnected = (): boolean => wallet.status() === 'connected';
  return (
    <Popover
      class={`chip ${wallet.status() === 'wrong-network' ? 'chip--warn' : ''}`}
      label={LABELS[wallet.status()]}
      said={SAID[wallet.status()]}
      button={
        <Switch
          fallback={
            <>
              <Icon name="wallet" />
              <span>
                <Show when={wallet.status() === 'connecting'} fallback="Connect">
                  Connecting
                </Show>
              </span>
            </>
          }
        >
          <Match when={wallet.status() === 'wrong-network'}>
            <Icon name="alert" />
            <span>Wrong network</span>
          </Match>
          <Match when={isConnected() && wallet.address()}>
            {(address) => (
              <>
                <StatusDot tone="good" />
                <span class="mono">{shorten(address(), 5, 4)}</span>
                <Show when={wallet.balance() !== undefined}>
                  <span class="chip__divider chip__long" />
                  <span class="chip__long">
                    <Amount nanomina={wallet.balance()!} />
                  </span>
                </Show>
              </>
            )}
          </Match>
        </Switch>
      }
    >
      <h2>Wallet</h2>
      <Show
        when={isConnected() || wallet.status() === 'wrong-network'}
        fallback={<WalletConnect />}
      >
        <KeyValue
          isNarrow
          rows={[
            {
              key: 'Wallet',
              value: wallet.kind() === undefined ? '' : WALLET_NAMES[wallet.kind()!],
            },
            {
              key: 'Address',
              value: <Show when={wallet.address()}>{(to) => <Address value={to()} />}</Show>,
            },
            {
              key: 'Balance',
              value: (
                <Show when={wallet.balance() !== undefined} fallback={<Skeleton width="short" />}>
                  <Amount nanomina={wallet.balance()!} isStrong />
                </Show>
              ),
            },
          ]}
        />
        <Show when={wallet.status() === 'wrong-network'}>
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
        </Show>
        <Show when={wallet.problem()}>
          {(problem) => <Notice tone="bad">{problem().message}</Notice>}
        </Show>
        <div class="row row--tight">
          <Button size="small" icon="refresh" onClick={() => void wallet.refresh()}>
            Refresh
          </Button>
          <Button size="small" variant="quiet" onClick={() => void wallet.disconnect()}>
            Disconnect
          </Button>
        </div>
      </Show>
    </Popover>
  );
}

const LABELS = {
  absent: 'Connect a wallet',
  disconnected: 'Connect a wallet',
  connecting: 'The wallet is asking you',
  connected: 'Wallet, connected',
  'wrong-network': 'Wallet, on the wrong network',
} as const;

/** After what the chip shows. */
const SAID = { ...LABELS, absent: 'a wallet', disconnected: 'a wallet' } as const;
