import { useLocation } from '@solidjs/router';
import { For } from 'solid-js';
import { Icon, type IconName } from '../components/icon.tsx';
import { Mark } from '../components/mark.tsx';
import { ChainChip } from './chain-chip.tsx';
import { WalletChip } from './wallet-chip.tsx';
import './header.css';

export { Header };

const PLACES: readonly {
  readonly path: string;
  readonly label: string;
  readonly icon: IconName;
}[] = [
  { path: '/market', label: 'Market', icon: 'market' },
  { path: '/jobs', label: 'Jobs', icon: 'jobs' },
  { path: '/tabs', label: 'Tabs', icon: 'tabs' },
  { path: '/verify', label: 'Verify', icon: 'verify' },
  { path: '/provide', label: 'Provide', icon: 'provide' },
];

/** Which place a page of one thing belongs to. */
const BELONGS: Readonly<Record<string, string>> = {
  '': '/market',
  service: '/market',
  job: '/jobs',
};

function Header() {
  const location = useLocation();
  const place = (): string => {
    const first = location.pathname.split('/')[1] ?? '';
    return BELONGS[first] ?? `/${first}`;
  };
  const current = (path: string): 'page' | undefined => (place() === path ? 'page' : undefined);
  return (
    <header class="header">
      <div class="header__inside">
        <a class="header__brand" href="#/market">
          <Mark size={22} />
          <span>Runproof</span>
        </a>
        <nav class="header__nav" aria-label="Main">
          <For each={PLACES}>
            {({ path, label, icon }) => (
              <a class="header__link" href={`#${path}`} aria-current={current(path)}>
                <Icon name={icon} size={18} />
                <span>{label}</span>
              </a>
            )}
          </For>
        </nav>
        <div class="header__tools">
          <ChainChip />
          <WalletChip />
          <a
            class="header__tool"
            href="#/settings"
            aria-label="Settings"
            title="Settings"
            aria-current={current('/settings')}
          >
            <Icon name="gear" />
          </a>
        </div>
      </div>
    </header>
  );
}
