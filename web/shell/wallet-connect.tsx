import { For, Show } from 'solid-js';
import { Button } from '../components/button.tsx';
import { Notice } from '../components/notice.tsx';
import { useApp } from '../store/app.tsx';
import type { WalletKind } from '../store/settings.ts';

export { WalletConnect, WALLET_NAMES };

const WALLET_NAMES: Readonly<Record<WalletKind, string>> = {
  auro: 'Auro',
  development: 'Development wallet',
};

/** Which wallets there are, to be connected; what to do where there is none. */
function WalletConnect() {
  const { wallet } = useApp();
  return (
    <>
      <Show when={wallet.problem()}>
        {(problem) => <Notice tone="bad">{problem().message}</Notice>}
      </Show>
      <Show
        when={wallet.available().length > 0}
        fallback={
          <p class="soft">
            This browser has no wallet.{' '}
            <a href="https://www.aurowallet.com/" target="_blank" rel="noopener noreferrer">
              Install Auro
            </a>
            , then reload. Reading and verifying need none.
          </p>
        }
      >
        <p class="soft">
          A wallet pays when a tab is opened or topped up. It signs each transaction; this page
          never sees its key.
        </p>
        <div class="stack stack--tight">
          <For each={wallet.available()}>
            {(kind, i) => (
              <Button
                isWide
                icon="wallet"
                variant={i() === 0 ? 'primary' : 'plain'}
                isBusy={wallet.status() === 'connecting'}
                onClick={() => void wallet.connect(kind)}
              >
                Connect {WALLET_NAMES[kind]}
              </Button>
            )}
          </For>
        </div>
      </Show>
    </>
  );
}
