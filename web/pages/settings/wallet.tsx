import { Show } from 'solid-js';
import { Address } from '../../components/address.tsx';
import { Amount } from '../../components/amount.tsx';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { WALLET_NAMES, WalletConnect } from '../../shell/wallet-connect.tsx';
import { useApp } from '../../store/app.tsx';

export { WalletCard };

/** Which wallet pays. */
function WalletCard() {
  const { wallet } = useApp();
  return (
    <Card title="Wallet">
      <Show
        when={wallet.status() === 'connected' && wallet.address()}
        fallback={
          <div class="stack stack--tight">
            <WalletConnect />
          </div>
        }
      >
        {(address) => (
          <div class="settings__line">
            <div>
              <div>
                {wallet.kind() === undefined ? 'Wallet' : WALLET_NAMES[wallet.kind()!]}{' '}
                <Address value={address()} />
              </div>
              <Show when={wallet.balance() !== undefined}>
                <span class="soft">
                  <Amount nanomina={wallet.balance()!} />
                </span>
              </Show>
            </div>
            <Button onClick={() => void wallet.disconnect()}>Disconnect</Button>
          </div>
        )}
      </Show>
    </Card>
  );
}
