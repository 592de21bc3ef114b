import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import circuits from '../../contracts/circuits.pinned.json' with { type: 'json' };
import { fromHex } from '../../contracts/formats/bytes.ts';
import { rawCidOf } from '../../contracts/formats/cid.ts';
import { bindingCommitment } from '../../contracts/formats/credential.ts';
import { isKey } from '../../contracts/formats/key.ts';
import {
  type CredentialClaim,
  MAX_PROOF_BYTES,
  parseCredentialProof,
} from '../../contracts/formats/proof.ts';
import { wasGiven } from '../../requester/job-credentials.ts';
import { verify } from '../../requester/verify.ts';
import { commitmentOf, openingOf, putSecret, type VaultRecord } from '../../requester/vault.ts';
import { fileVault } from '../requester/vault-store.ts';
import { type Cli, verb } from './command.ts';
import { CliError } from './error.ts';
import { readJsonFile } from './json-file.ts';
import type { Row } from './output.ts';
import { compilePinned, loadPrograms } from './proving.ts';
import { countOf, progressOf, requesterOf, slotOf } from './requester.ts';

export { addSecretCommands, vaultOf };

const MOST_SLOTS = 100_000_000;

const collect = (value: string, all: readonly string[]): readonly string[] => [...all, value];

/** Where this home keeps what it knows of its secrets. */
const vaultOf = ({ settings }: Pick<Cli, 'settings'>) => fileVault(join(settings.home, 'vault'));

interface PutOptions {
  readonly host?: string;
  readonly scope: readonly string[];
  readonly slots: string;
  readonly trigger?: boolean;
}

interface ProveOptions {
  readonly showHost?: boolean;
  readonly scope?: string;
  readonly until?: string;
  readonly sameAs?: string;
  readonly out?: string;
}

/** `secret`: what jobs use and nobody else reads, kept sealed, and provable without being shown. */
function addSecretCommands(program: Command): void {
  const group = program
    .command('secret')
    .description('secrets that lie sealed in the vault, for one tab or service');

  verb<PutOptions & Record<string, unknown>>(
    group,
    'put <tab-or-service> <name=@file>',
    'seal a secret to the service’s present keys, for this tab’s jobs or this service alone',
    'secret put B62q… NPM_TOKEN=@token.txt --host registry.example --scope read --slots 14400',
    async (cli, options, owner, given) => {
      const { name, secret } = secretOf(given);
      const requester = await requesterOf(cli);
      const tabs = await requester.store.listTabs();
      const tab = tabs.includes(owner) ? owner : null;
      const service =
        tab === null ? addressOf(owner) : (await requester.store.readTab(tab)).terms.service;
      const purpose = options.trigger === true ? 'trigger' : 'job';
      if (tab === null && purpose === 'job')
        throw new CliError(
          'USAGE',
          'A secret for jobs is bound to a tab of yours; for a service’s own trigger token add --trigger.'
        );
      const record = await putSecret(
        requester,
        vaultOf(cli),
        {
          ...{ name, secret, binding: { service, tab, purpose } },
          ...{ host: options.host ?? null, scopes: options.scope },
          slots: countOf('--slots', options.slots, MOST_SLOTS),
        },
        progressOf(cli)
      );
      cli.output.result({ ok: true, ...shown(record) }, rowsOf(record));
    }
  )
    .option('--host <host>', 'where it opens something: host or host:port')
    .option('--scope <scope>', 'what it opens there; repeat it', collect, [])
    .option('--slots <number>', 'for how many slots of 180 s from now it may be used', '14400')
    .option('--trigger', 'starts pipelines or workflows at a forge; no job sees it');

  verb(
    group,
    'list <tab-or-service>',
    'what is in the vault for it; the secrets themselves are not kept here',
    'secret list B62q…',
    async (cli, _, owner) => {
      const records = await vaultOf(cli).list(owner);
      cli.output.result(
        { ok: true, secrets: records.map(shown) },
        records.length === 0 ? [['secrets', 'none']] : records.flatMap(rowsOf)
      );
    }
  );

  verb(
    group,
    'revoke <tab-or-service> <name>',
    'give it to no further job; what was given is given, so end it at its host as well',
    'secret revoke B62q… NPM_TOKEN',
    async (cli, _, owner, name) => {
      const vault = vaultOf(cli);
      const record: VaultRecord = { ...(await vault.read(owner, name)), state: 'revoked' };
      await vault.keep(owner, record);
      cli.output.result({ ok: true, ...shown(record) }, rowsOf(record));
    }
  );

  verb<ProveOptions & Record<string, unknown>>(
    group,
    'prove <tab-or-service> <name>',
    'a proof of some things about a secret, and of nothing else',
    'secret prove B62q… NPM_TOKEN --show-host --scope read --until 180000 --out proof.json',
    async (cli, options, owner, name) => {
      const { out } = options;
      if (out === undefined)
        throw new CliError('USAGE', 'Name the file that the proof goes to with --out.');
      const vault = vaultOf(cli);
      const record = await vault.read(owner, name);
      const other = options.sameAs === undefined ? undefined : await otherOf(cli, options.sameAs);
      const until = options.until === undefined ? 0 : slotOf('--until', options.until);
      if (until > record.credential.expiry)
        throw new CliError('USAGE', `${name} expires at slot ${record.credential.expiry}.`);
      if (other !== undefined && other.secret !== record.secret)
        throw new CliError('USAGE', 'The two secrets are not the same.');
      if (options.showHost === true && record.credential.host === null)
        throw new CliError('USAGE', `${name} is for no host that could be shown.`);
      const { proveCredential } = await compilePinned('Credential', cli);
      const proof = await proveCredential(keptOf(record), {
        ...{ host: options.showHost === true, until },
        ...(options.scope === undefined ? {} : { scope: options.scope }),
        ...(other === undefined ? {} : { sameAs: keptOf(other) }),
      });
      writeFileSync(out, `${JSON.stringify(proof, null, 2)}\n`);
      cli.output.result({ ok: true, file: out, claim: proof.claim }, [
        ['file', out],
        ...claimRows(proof.claim),
      ]);
    }
  )
    .option('--show-host', 'its host')
    .option('--scope <scope>', 'that it has this scope')
    .option('--until <slot>', 'that it does not expire before')
    .option('--same-as <owner/name>', 'that another of your secrets is the same')
    .option('--out <file>', 'where to');

  verb<{ of?: string; sameAs?: string }>(
    group,
    'check-proof <file>',
    'what a proof about a secret shows, if it holds; and that jobs were given that very one',
    'secret check-proof proof.json --of bafkrei…',
    async (cli, { of, sameAs }, path) => {
      const proof = readJsonFile(path, MAX_PROOF_BYTES, parseCredentialProof);
      const { claim } = proof;
      const { verifyCredentialProof } = await loadPrograms();
      if (!(await verifyCredentialProof(proof, circuits.Credential)))
        throw new CliError('FAILED', `${path} does not show what it claims; believe none of it.`);
      const shown = { commitment: BigInt(claim.commitment), binding: bindingCommitment(claim) };
      const jobs = of === undefined ? [] : await assertGiven(cli, shown, of);
      if (sameAs !== undefined) {
        if (claim.sameAs === null)
          throw new CliError('FAILED', 'The proof does not show that it is the same as another.');
        await assertGiven(cli, { commitment: BigInt(claim.sameAs) }, sameAs);
      }
      cli.output.result({ ok: true, claim, ...(of === undefined ? {} : { jobs }) }, [
        ...claimRows(claim),
        ...(of === undefined ? [] : [['given to jobs', jobs.join(', ')] as const]),
      ]);
    }
  )
    .option('--of <target>', 'a receipt, commit or tab whose jobs were given it')
    .option('--same-as <target>', 'another one, whose jobs were given the same secret');
}

/** Numbers of the jobs that were given it, of receipts that hold. @throws CliError `FAILED` */
async function assertGiven(
  cli: Cli,
  shown: Parameters<typeof wasGiven>[1],
  target: string
): Promise<readonly number[]> {
  const requester = await requesterOf(cli);
  const { log: knownLog } = cli.settings;
  const hints = knownLog === undefined ? {} : { knownLog };
  const { ok, jobs } = await verify(requester, target, hints, progressOf(cli));
  if (!ok) throw new CliError('FAILED', `${target} does not verify; see \`runproof verify\`.`);
  const given = jobs
    .filter((job) => wasGiven(job, shown))
    .map(({ entry }) => entry.note.receipt.sequence);
  if (given.length === 0)
    throw new CliError('FAILED', `No job of ${target} was given the credential of the proof.`);
  return given;
}

/** From a file only: an argument can be read by every process of the machine (K1). */
function secretOf(text: string): { name: string; secret: string } {
  const match = /^([A-Za-z_][A-Za-z0-9_]{0,63})=@(.+)$/s.exec(text);
  if (match === null)
    throw new CliError(
      'USAGE',
      'A secret is given as NAME=@file, so that nobody reads it off the command line.'
    );
  const secret = readFileSync(match[2]!, 'utf8').replace(/\r?\n$/, '');
  if (secret === '') throw new CliError('USAGE', `${match[2]!} is empty.`);
  return { name: match[1]!, secret };
}

function addressOf(text: string): string {
  if (isKey(text)) return text;
  throw new CliError('USAGE', `${JSON.stringify(text)} is no address of a tab or service.`);
}

async function otherOf(cli: Cli, text: string): Promise<VaultRecord> {
  const [owner, name, ...rest] = text.split('/');
  if (owner === undefined || name === undefined || rest.length > 0)
    throw new CliError('USAGE', `--same-as ${text} is not owner/name, such as B62q…/NPM_TOKEN.`);
  return vaultOf(cli).read(owner, name);
}

const keptOf = (record: VaultRecord) => ({
  credential: record.credential,
  opening: openingOf(record),
});

const shown = (record: VaultRecord) => ({
  name: record.name,
  state: record.state,
  ...record.credential,
  epoch: record.epoch,
  block: String(rawCidOf(fromHex(record.block, 32))),
  commitment: String(commitmentOf(record)),
});

const rowsOf = (record: VaultRecord): readonly Row[] =>
  Object.entries(shown(record)).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') || 'none' : String(value ?? 'none'),
  ]);

const claimRows = (claim: CredentialClaim): readonly Row[] =>
  Object.entries(claim).map(([name, value]) => [name, value ?? 'not shown']);
