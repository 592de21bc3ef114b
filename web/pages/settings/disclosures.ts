import type { WebSettings } from '../../store/settings.ts';

export { type Disclosure, disclosures };

/** What goes out of the browser to whom. */
interface Disclosure {
  readonly id: string;
  readonly what: string;
  /** Hosts; none where nothing is sent. */
  readonly to: readonly string[];
  readonly when: string;
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);
const hosts = (...urls: readonly string[]): readonly string[] => [
  ...new Set(urls.filter((url) => url !== '').map(hostOf)),
];

/**
 * Everything that this page asks of others, by the present settings. Each of them learns the browser's
 * network address as well.
 *
 * @param site host that the page was opened from
 */
function disclosures(settings: WebSettings, site: string): readonly Disclosure[] {
  const { node, archive, gateways, upload, registry, accountManager } = settings;
  const all: readonly Disclosure[] = [
    {
      id: 'site',
      what: 'That you opened this app',
      to: [site],
      when: 'on opening, and with each page’s first visit',
    },
    {
      id: 'node',
      what: 'Accounts you look at, and your signed transactions',
      to: hosts(node),
      when: 'while the page is in sight',
    },
    {
      id: 'archive',
      what: 'Services whose inbox or history you look at',
      to: hosts(archive),
      when: 'in the market and on your own services',
    },
    {
      id: 'gateways',
      what: 'CIDs of descriptors, receipts and results you read',
      to: hosts(...gateways),
      when: 'when you open or verify them',
    },
    {
      id: 'upload',
      what: 'Sealed requests; descriptors you publish',
      to: hosts(upload),
      when: 'when you buy through the inbox, or publish',
    },
    {
      id: 'endpoints',
      what: 'Sealed requests, and which jobs you follow',
      to: ['the provider of each job, or its IPFS node'],
      when: 'when you buy, and while a job is under way',
    },
    {
      id: 'logs',
      what: 'Tabs whose log you read',
      to: ['the provider’s git host, or its API'],
      when: 'while a job is under way, and on verifying',
    },
    {
      id: 'lists',
      what: 'That you read a registry list',
      to: hosts(...registry.lists.filter((list) => URL.canParse(list))),
      when: 'on opening the market',
    },
    {
      id: 'accounts',
      what: 'That you ask for a test account',
      to: hosts(accountManager),
      when: 'when the development wallet is connected',
    },
  ];
  return all.filter(({ to }) => to.length > 0);
}
