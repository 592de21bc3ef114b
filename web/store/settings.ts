import * as v from 'valibot';
import { parseCid } from '../../contracts/formats/cid.ts';
import { isKey } from '../../contracts/formats/key.ts';
import { isExplorer } from './explorer.ts';

export {
  type WebSettings,
  type Theme,
  type WalletKind,
  SettingsError,
  NO_SETTINGS,
  parseSettings,
  patchSettings,
  isConfigured,
};

type Theme = 'system' | 'light' | 'dark';
type WalletKind = 'auro' | 'development';

/** What a person has chosen, kept in IndexedDB. Empty addresses are not set. */
interface WebSettings {
  /** Name of the network, for people; from its network file. */
  readonly name: string;
  /** GraphQL addresses of a Mina node and an archive. */
  readonly node: string;
  readonly archive: string;
  /** Trustless IPFS gateways; none of them is believed. */
  readonly gateways: readonly string[];
  /** Where raw blocks may be written; without it, blocks go to the provider's own endpoint. */
  readonly upload: string;
  readonly uploadToken: string;
  /** Address of an explorer's page of a transaction, with `{hash}` in place of its hash. */
  readonly explorer: string;
  /** REST address of an embedded network's test accounts; with it there is a development wallet. */
  readonly accountManager: string;
  /** False on an embedded network that makes none; of any other it is true, whatever was written. */
  readonly proofs: boolean;
  readonly registry: {
    /** Addresses of services. */
    readonly services: readonly string[];
    /** Lists of such addresses: http(s) addresses or CIDs of a JSON list. */
    readonly lists: readonly string[];
  };
  readonly theme: Theme;
  /** Which wallet was connected last, so that it is connected again after a reload. */
  readonly wallet: WalletKind | null;
}

interface SettingsFault {
  readonly field: string;
  readonly message: string;
}

/** Names the field, so that the sentence can stand beside it; the first of several. */
class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'SETTINGS';

  constructor(
    readonly field: string,
    message: string,
    /** All that is wrong, this one first. */
    readonly faults: readonly SettingsFault[] = [{ field, message }]
  ) {
    super(message);
  }
}

const NO_SETTINGS: WebSettings = {
  name: '',
  node: '',
  archive: '',
  gateways: [],
  upload: '',
  uploadToken: '',
  explorer: '',
  accountManager: '',
  proofs: true,
  registry: { services: [], lists: [] },
  theme: 'system',
  wallet: null,
};

function isHttp(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return (
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.password === ''
  );
}

function isCid(text: string): boolean {
  try {
    parseCid(text);
    return true;
  } catch {
    return false;
  }
}

const text = (most: number) => v.pipe(v.string(), v.trim(), v.maxLength(most, `is too long`));
const http = v.pipe(
  text(1024),
  v.check(isHttp, 'needs an http or https address without user name or password')
);
const optionalHttp = v.union(
  [v.pipe(v.string(), v.trim(), v.literal('')), http],
  'needs an http or https address without user name or password'
);
const list = <S extends v.GenericSchema<unknown, string>>(item: S, most: number) =>
  v.pipe(
    v.array(item),
    v.maxLength(most, `has more than ${most} entries`),
    v.transform((items): readonly string[] => [...new Set(items)])
  );

const SettingsSchema = v.pipe(
  v.strictObject({
    name: text(80),
    node: optionalHttp,
    archive: optionalHttp,
    gateways: list(http, 16),
    upload: optionalHttp,
    uploadToken: v.pipe(
      text(1024),
      v.regex(/^[\x21-\x7e]*$/, 'needs a token without blanks or line ends')
    ),
    // Settings of an older release say nothing of it.
    explorer: v.optional(
      v.pipe(
        text(1024),
        v.check(
          (pattern) => pattern === '' || isExplorer(pattern),
          'needs an http or https address with {hash} once behind its host'
        )
      ),
      ''
    ),
    accountManager: optionalHttp,
    // Settings of an older release say nothing of it.
    proofs: v.optional(v.boolean(), true),
    registry: v.strictObject({
      services: list(
        v.pipe(text(64), v.check(isKey, 'needs the address of a service (B62…)')),
        2_000
      ),
      lists: list(
        v.pipe(
          text(1024),
          v.check((item) => isHttp(item) || isCid(item), 'needs an http(s) address or a CID')
        ),
        16
      ),
    }),
    theme: v.picklist(['system', 'light', 'dark'], 'is system, light or dark'),
    wallet: v.nullable(v.picklist(['auro', 'development'])),
  }),
  v.transform((settings) => ({
    ...settings,
    proofs: settings.proofs || settings.accountManager === '',
  }))
);

/** @throws SettingsError naming the fields that do not do */
function parseSettings(value: unknown): WebSettings {
  const result = v.safeParse(SettingsSchema, value);
  if (result.success) return result.output;
  const faults = result.issues.map((issue): SettingsFault => {
    const field = v.getDotPath(issue) ?? 'settings';
    return { field, message: `${LABELS[field.split('.', 1)[0]!] ?? field} ${issue.message}.` };
  });
  throw new SettingsError(faults[0]!.field, faults[0]!.message, faults);
}

/**
 * Another node is another network: it is asked for proofs until its network file says otherwise.
 *
 * @throws SettingsError
 */
function patchSettings(settings: WebSettings, patch: Partial<WebSettings>): WebSettings {
  const patched = { ...settings, ...patch };
  return parseSettings(
    patched.node === settings.node ? patched : { ...patched, proofs: patch.proofs ?? true }
  );
}

const LABELS: Readonly<Record<string, string>> = {
  name: 'The name',
  node: 'The node',
  archive: 'The archive',
  gateways: 'A gateway',
  upload: 'The upload address',
  uploadToken: 'The upload token',
  explorer: 'The explorer',
  accountManager: 'The account manager',
  registry: 'The registry',
  theme: 'The theme',
};

/** Whether a person, or a network file, has said where the chain is. */
const isConfigured = ({ node }: WebSettings): boolean => node !== '';
