import { Page } from '../../components/page.tsx';
import { Appearance } from './appearance.tsx';
import { Disclosed } from './disclosed.tsx';
import { KeysCard } from './keys.tsx';
import { NetworkCard } from './network.tsx';
import { WalletCard } from './wallet.tsx';
import './settings.css';

export default function Settings() {
  return (
    <Page
      title="Settings"
      lead="Kept in this browser only. No setting needs another build of the app, and none of these hosts is believed: what they answer is checked."
    >
      <div class="settings">
        <NetworkCard />
        <Disclosed />
        <KeysCard />
        <WalletCard />
        <Appearance />
      </div>
    </Page>
  );
}
