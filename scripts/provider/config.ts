import { dirname, resolve } from 'node:path';
import * as v from 'valibot';
import { isKey } from '../../contracts/formats/key.ts';
import { readConfigFile } from '../cli/config-file.ts';

export { type ProviderConfig, type TokenSource, readProviderConfig };

const path = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));
const address = v.pipe(v.string(), v.check(isKey, 'expected a Mina address (B62…)'));
const http = v.pipe(v.string(), v.regex(/^https?:\/\/[^\s@]{1,500}$/, 'expected http(s)'));
const number = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(most));

/** In a file that only its owner reads, or sealed in the vault for one service and this host. */
const token = v.union([
  v.strictObject({ file: path }),
  v.strictObject({
    service: address,
    /** As `runproof secret put --trigger` printed it. */
    block: v.pipe(v.string(), v.regex(/^b[a-z2-7]{58}$/, 'expected a CID')),
  }),
]);
type TokenSource = v.InferOutput<typeof token>;

/** `provider.json`: what a provider's daemon works with. Paths are relative to the file. */
const ConfigSchema = v.strictObject({
  node: http,
  archive: http,
  /** Keeps journal, runs, results and blocks. */
  folder: path,
  services: v.pipe(v.array(address), v.minLength(1), v.maxLength(64)),
  keys: v.strictObject({
    /** Signs receipts. */
    runner: path,
    /** Pays for settlements. */
    wallet: path,
    /** age identities by epoch of the keyset. */
    identities: v.record(v.pipe(v.string(), v.regex(/^[0-9]{1,10}$/)), v.array(path)),
  }),
  log: v.strictObject({ repository: http, tokenFile: path }),
  ipfs: v.strictObject({
    listen: v.array(v.string()),
    peers: v.optional(v.array(v.string()), []),
    gateways: v.optional(v.array(http), []),
  }),
  handover: v.optional(v.strictObject({ host: v.optional(v.string()), port: number(65_535) })),
  /** Read-only folders that jobs see, such as dependencies. */
  mounts: v.optional(v.array(v.strictObject({ source: path, target: path })), []),
  /** Forges that start jobs on this machine's runners, which have the hooks. */
  forges: v.optional(
    v.array(
      v.strictObject({
        forge: v.picklist(['github', 'gitlab']),
        /** As it stands in the services' source addresses. */
        host: v.pipe(v.string(), v.regex(/^[a-z0-9.-]{1,253}(:[1-9][0-9]{0,4})?$/)),
        /** Of GitHub's API or of the GitLab server, where that is not the usual one. */
        address: v.optional(http),
        token,
        /** GitLab: triggers pipelines, instead of the token. */
        triggerToken: v.optional(token),
        /** Of the runner's hooks: `hooks/spool` in their home. */
        spool: path,
        /** How long a run may wait for the runner. */
        startSeconds: v.optional(number(86_400)),
        /** Between looks at a run. */
        pollSeconds: v.optional(v.pipe(number(3_600), v.minValue(1))),
      })
    ),
    []
  ),
  jobs: v.optional(
    v.strictObject({
      concurrency: v.optional(v.pipe(number(256), v.minValue(1))),
      /** Lets services that ask for the network have it. */
      network: v.optional(v.boolean()),
    }),
    {}
  ),
  settle: v.optional(
    v.strictObject({
      batch: v.optional(v.pipe(number(60), v.minValue(1))),
      seconds: v.optional(number(7 * 86_400)),
    }),
    {}
  ),
  poll: v.optional(v.pipe(number(3_600), v.minValue(1))),
  /** False only on an embedded network started without proofs. */
  proofs: v.optional(v.boolean(), true),
});
type ProviderConfig = v.InferOutput<typeof ConfigSchema>;

/** @throws CliError `SETTINGS` naming the file and the first field that is wrong */
function readProviderConfig(file: string): ProviderConfig {
  const config = readConfigFile(file, ConfigSchema);
  const below = (name: string): string => resolve(dirname(file), name);
  const sourceBelow = (source: TokenSource): TokenSource =>
    'file' in source ? { file: below(source.file) } : source;
  return {
    ...config,
    folder: below(config.folder),
    keys: {
      runner: below(config.keys.runner),
      wallet: below(config.keys.wallet),
      identities: Object.fromEntries(
        Object.entries(config.keys.identities).map(([epoch, files]) => [epoch, files.map(below)])
      ),
    },
    log: { ...config.log, tokenFile: below(config.log.tokenFile) },
    forges: config.forges.map(({ token, triggerToken, spool, ...rest }) => ({
      ...{ ...rest, token: sourceBelow(token), spool: below(spool) },
      ...(triggerToken === undefined ? {} : { triggerToken: sourceBelow(triggerToken) }),
    })),
    mounts: config.mounts.map(({ source, target }) => ({ source: below(source), target })),
  };
}
