import * as v from 'valibot';
import { fetchAnswer, joined } from '../../contracts/chain/fetch.ts';
import { isKey } from '../../contracts/formats/key.ts';
import { type WebSettings, parseSettings } from './settings.ts';

export {
  type NetworkFile,
  type SettingChange,
  readNetworkFile,
  parseNetworkFile,
  settingsFor,
  changesOf,
  offerOf,
  withoutOffer,
};

/** `network.json`: how a network is reached. A default only: settings of a person's own win. */
const NetworkFileSchema = v.pipe(
  v.strictObject({
    version: v.literal(1),
    name: v.pipe(v.string(), v.minLength(1), v.maxLength(80)),
    node: v.string(),
    archive: v.string(),
    gateways: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(16)),
    upload: v.nullish(v.string(), null),
    uploadToken: v.nullish(v.string(), null),
    explorer: v.nullish(v.string(), null),
    accountManager: v.nullish(v.string(), null),
    /** False: nothing is proven there, and what is sent needs dummies only. */
    proofs: v.optional(v.boolean(), true),
    services: v.pipe(
      v.array(v.pipe(v.string(), v.check(isKey, 'expected an address'))),
      v.maxLength(2_000)
    ),
  }),
  v.check(
    ({ proofs, accountManager }) => proofs || accountManager !== null,
    'only an embedded network, which has test accounts, does without proofs'
  )
);
type NetworkFile = v.InferOutput<typeof NetworkFileSchema>;

/** One setting that another network would change, for people. */
interface SettingChange {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

const MAX_BYTES = 256 * 1024;
const MILLISECONDS = 10_000;

/** @throws Error for any other shape, or an address that settings would refuse */
function parseNetworkFile(json: unknown): NetworkFile {
  const file = v.parse(NetworkFileSchema, json);
  settingsFor(file, NOTHING);
  return file;
}

/**
 * @returns `undefined` where there is none, or one that says `null`, as the built site's does
 * @throws Error for one that is there and cannot be used
 */
async function readNetworkFile(
  url: string,
  { signal }: { readonly signal?: AbortSignal } = {}
): Promise<NetworkFile | undefined> {
  const bytes = await fetchAnswer(
    url,
    { credentials: 'omit', cache: 'no-cache' },
    { signal, milliseconds: MILLISECONDS, maxBytes: MAX_BYTES },
    async ({ status, parts }) => {
      if (status === 404 || status === 410) return undefined;
      if (status !== 200) throw new Error(`${url} answered HTTP ${status}`);
      return joined(parts);
    }
  );
  if (bytes === undefined) return undefined;
  const json = JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  return json === null ? undefined : parseNetworkFile(json);
}

const NOTHING = {
  uploadToken: '',
  registry: { services: [], lists: [] },
  theme: 'system',
  wallet: null,
} as const;

/** Settings with another network's addresses in them; what is a person's own taste stays. */
const settingsFor = (
  file: NetworkFile,
  { registry, theme, wallet }: Pick<WebSettings, 'registry' | 'theme' | 'wallet'>
): WebSettings =>
  parseSettings({
    name: file.name,
    node: file.node,
    archive: file.archive,
    gateways: file.gateways,
    upload: file.upload ?? '',
    uploadToken: file.uploadToken ?? '',
    explorer: file.explorer ?? '',
    accountManager: file.accountManager ?? '',
    proofs: file.proofs,
    registry: { ...registry, services: [...registry.services, ...file.services] },
    theme,
    wallet: file.accountManager === null && wallet === 'development' ? null : wallet,
  });

/** Everything but tokens is shown as it is. */
function changesOf(from: WebSettings, to: WebSettings): readonly SettingChange[] {
  const shown = (settings: WebSettings): readonly (readonly [string, string])[] => [
    ['Network', settings.name],
    ['Node', settings.node],
    ['Archive', settings.archive],
    ['Gateways', settings.gateways.join(', ')],
    ['Upload address', settings.upload],
    ['Upload token', settings.uploadToken === '' ? '' : '(a token)'],
    ['Explorer', settings.explorer],
    ['Test accounts', settings.accountManager],
    ['Proofs', settings.proofs ? 'made and verified' : 'none'],
    ['Services', `${settings.registry.services.length}`],
  ];
  const after = shown(to);
  return shown(from).flatMap(([name, before], i) =>
    before === after[i]![1] ? [] : [{ name, from: before, to: after[i]![1] }]
  );
}

/** Addresses that a link may carry: `#/settings?node=…&archive=…&gateway=…`, or `?network=<url>`. */
function offerOf(
  hash: string,
  current: WebSettings
): { readonly networkFile: string } | { readonly settings: WebSettings } | undefined {
  const query = new URLSearchParams(hash.includes('?') ? hash.slice(hash.indexOf('?') + 1) : '');
  const networkFile = query.get('network');
  if (networkFile !== null && /^https?:\/\//.test(networkFile)) return { networkFile };
  const fields = ['node', 'archive', 'upload'] as const;
  if (!hash.startsWith('#/settings') || !['gateway', ...fields].some((name) => query.has(name)))
    return undefined;
  const named = Object.fromEntries(
    fields.flatMap((name) => (query.has(name) ? [[name, query.get(name)!]] : []))
  );
  const gateways = query.getAll('gateway');
  return {
    settings: parseSettings({
      ...current,
      ...named,
      // A token is for the address that it was given for, and test accounts for their own network.
      ...(query.has('upload') ? { uploadToken: '' } : {}),
      ...(query.has('node') ? { name: '', explorer: '', accountManager: '' } : {}),
      ...(gateways.length === 0 ? {} : { gateways }),
    }),
  };
}

const OFFERED = ['network', 'node', 'archive', 'upload', 'gateway'] as const;

/** The route of an address that carries an offer, with all else that it says. */
function withoutOffer(hash: string): string {
  const at = hash.indexOf('?');
  if (at < 0) return hash;
  const query = new URLSearchParams(hash.slice(at + 1));
  const isSettings = hash.startsWith('#/settings');
  for (const name of isSettings ? OFFERED : OFFERED.slice(0, 1)) query.delete(name);
  const rest = query.toString();
  return `${hash.slice(0, at)}${rest === '' ? '' : `?${rest}`}`;
}
