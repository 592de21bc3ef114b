import { readFileSync } from 'node:fs';
import { formatMina } from '../../contracts/formats/amount.ts';
import { readAccount } from '../../contracts/chain/account.ts';
import { fetchWhole } from '../../contracts/chain/fetch.ts';
import { createGraphql } from '../../contracts/chain/graphql.ts';
import { readNetworkId } from '../../contracts/chain/network.ts';
import type { Check } from '../../runner-hooks/install/installation.ts';
import { readKeyFile } from '../cli/key-file.ts';
import type { Settings } from '../cli/settings.ts';
import { type HooksConfig, SOURCE } from './config.ts';

export { endpointChecks };

const MILLISECONDS = 10_000;
/** What a settlement or two cost. */
const SCARCE_NANOMINA = 1_000_000_000n;

/** What receipts are published to and read from, each asked. Chain and funds only bought jobs need. */
const endpointChecks = async (
  config: HooksConfig | undefined,
  settings: Settings,
  signal: AbortSignal
): Promise<readonly Check[]> => [
  checkKey(config),
  ...(await Promise.all([
    checkGitHost(config, signal),
    checkGateway(settings, signal),
    checkChain(settings, signal),
    checkFunds(settings, signal),
  ])),
];

const INSTALL = 'run `runproof hooks install` with --log and --token-file';

function checkKey(config: HooksConfig | undefined): Check {
  const name = 'runner key';
  if (config === undefined)
    return { name, verdict: 'fails', detail: 'there is no hooks.json yet', remedy: INSTALL };
  try {
    return { name, verdict: 'works', detail: readKeyFile(config.key, 'mina').publicKey };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { name, verdict: 'fails', detail, remedy: 'run: runproof key new runner' };
  }
}

/** Asks for leave to push, and pushes nothing. */
async function checkGitHost(config: HooksConfig | undefined, signal: AbortSignal): Promise<Check> {
  const name = 'git host';
  if (config === undefined)
    return { name, verdict: 'fails', detail: 'no log repository is known', remedy: INSTALL };
  const { repository, tokenFile } = config.log;
  let token: string;
  try {
    token = readFileSync(tokenFile, 'utf8').trim();
  } catch {
    const remedy = 'put a token that may push there';
    return { name, verdict: 'fails', detail: `${tokenFile} cannot be read`, remedy };
  }
  if (repository === SOURCE)
    return {
      name,
      verdict: 'works',
      detail: 'each run’s own repository; asked when one is published',
    };
  const authorization = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  const asked = await ask(
    `${repository.replace(/\/$/, '')}/info/refs?service=git-receive-pack`,
    { headers: { authorization } },
    signal
  );
  if (asked === 200) return { name, verdict: 'works', detail: `${repository} takes pushes` };
  return {
    ...{ name, verdict: 'fails', detail: `${repository} ${said(asked)} when asked for a push` },
    remedy: 'check the address, and that the token may write',
  };
}

async function checkGateway({ gateway }: Settings, signal: AbortSignal): Promise<Check> {
  const name = 'gateway';
  if (gateway === undefined)
    return {
      ...{ name, verdict: 'limited', detail: 'none named: receipts are read from git alone' },
      remedy: 'name one with --gateway to check it',
    };
  // The empty block, which every gateway has: its bytes are in its name.
  const asked = await ask(`${gateway.replace(/\/$/, '')}/ipfs/bafkqaaa?format=raw`, {}, signal);
  if (typeof asked === 'number' && asked < 500)
    return { name, verdict: 'works', detail: `${gateway} answers` };
  return {
    ...{ name, verdict: 'limited', detail: `${gateway} ${said(asked)}` },
    remedy: 'readers need another one',
  };
}

async function checkChain({ node }: Settings, signal: AbortSignal): Promise<Check> {
  const name = 'chain';
  if (node === undefined)
    return {
      ...{ name, verdict: 'limited', detail: 'no node named; receipts need none, bought jobs do' },
      remedy: 'name one with --node',
    };
  try {
    const id = await readNetworkId(createGraphql([node]), { signal });
    return { name, verdict: 'works', detail: `${node} is of ${id}` };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { name, verdict: 'limited', detail, remedy: 'receipts need no chain; bought jobs do' };
  }
}

async function checkFunds({ node, wallet }: Settings, signal: AbortSignal): Promise<Check> {
  const name = 'funds';
  if (node === undefined || wallet === undefined)
    return {
      ...{ name, verdict: 'limited', detail: 'no wallet named; receipts cost nothing' },
      remedy: 'name one with --wallet to sell jobs',
    };
  try {
    const { publicKey } = readKeyFile(wallet, 'mina');
    const account = await readAccount(createGraphql([node]), publicKey, { signal });
    const balance = account?.balance ?? 0n;
    const detail = `${formatMina(balance)} MINA on ${publicKey}`;
    if (balance >= SCARCE_NANOMINA) return { name, verdict: 'works', detail };
    return { name, verdict: 'limited', detail, remedy: 'fund it before settling jobs' };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { name, verdict: 'limited', detail, remedy: 'check --wallet and --node' };
  }
}

/** The status, or why there is none. */
const ask = (
  url: string,
  init: { readonly headers?: Record<string, string> },
  signal: AbortSignal
): Promise<number | string> =>
  fetchWhole(url, init, { signal, milliseconds: MILLISECONDS, maxBytes: 2 ** 20 }).then(
    ({ status }) => status,
    (error: unknown) => (error instanceof Error ? error.message : String(error))
  );

const said = (asked: number | string): string =>
  typeof asked === 'number' ? `answers ${asked}` : `does not answer: ${asked}`;
