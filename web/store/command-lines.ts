import { shellWord } from './shell-word.ts';

export {
  type CommandSettings,
  keyCommand,
  installCommand,
  refundCommand,
  proveCommand,
  rotateCommand,
  pauseCommand,
  runnerCommand,
  peersCommand,
};

/** What the command line has to be told to work on the network that this page works on. */
interface CommandSettings {
  readonly node: string;
  readonly archive: string;
  readonly gateways: readonly string[];
  readonly upload: string;
  /** False on an embedded network that was started so. */
  readonly proofs: boolean;
}

/** Options that stand in for a config file. The upload token is left out: shells remember lines. */
function line(
  { node, archive, gateways, upload }: CommandSettings,
  verb: string,
  needs: readonly ('archive' | 'upload')[] = []
): string {
  const options = [
    ['--node', node],
    ...(needs.includes('archive') ? [['--archive', archive]] : []),
    ['--gateway', gateways[0] ?? ''],
    ...(needs.includes('upload') ? [['--upload', upload]] : []),
  ] as const;
  const given = options.flatMap(([name, value]) => (value ? [`${name} ${shellWord(value)}`] : []));
  return ['npx runproof', verb, ...given].join(' ');
}

/** What a call that is proven elsewhere takes where nothing is. */
const proving = ({ proofs }: CommandSettings): string => (proofs ? '' : ' --no-proofs');

const WALLET = '--wallet ~/.runproof/keys/wallet.json';

/** @param name of the file in `~/.runproof/keys` */
const keyCommand = (name: 'runner' | 'wallet' | `epoch-${number}`): string =>
  `npx runproof key new ${name}${name.startsWith('epoch-') ? ' --type age' : ''}`;

/** Puts a tab's saved key file where the command line looks for it, readable by its owner alone. */
const installCommand = (tab: string): string =>
  `install -Dm 600 ${shellWord(`${tab}.json`)} ~/.runproof/tabs/${shellWord(`${tab}.json`)}`;

const refundCommand = (settings: CommandSettings, tab: string): string =>
  line(settings, `tab refund ${shellWord(tab)} ${WALLET}${proving(settings)}`);

/** Proves a settled log again; needs no key. */
const proveCommand = (settings: CommandSettings, tab: string): string =>
  line(settings, `oracle prove ${shellWord(tab)}`);

const rotateCommand = (settings: CommandSettings, service: string): string =>
  line(
    settings,
    `service rotate ${shellWord(service)} --keyset keyset.json ${WALLET}${proving(settings)}`,
    ['upload']
  );

const pauseCommand = (settings: CommandSettings, service: string, paused: boolean): string =>
  line(
    settings,
    `service pause ${shellWord(service)}${paused ? '' : ' --off'} ${WALLET}${proving(settings)}`
  );

const runnerCommand = (): string => 'npx runproof runner start --config ~/.runproof/provider.json';

/** Where the daemon's IPFS node is reached, for the keyset. */
const peersCommand = (): string => 'npx runproof runner peers --config ~/.runproof/provider.json';
