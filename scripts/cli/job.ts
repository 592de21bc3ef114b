import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { formatMina } from '../../contracts/formats/amount.ts';
import { fromHex } from '../../contracts/formats/bytes.ts';
import { cidOf, parseCid, rawCidOf } from '../../contracts/formats/cid.ts';
import { describeExit } from '../../contracts/formats/job.ts';
import type { Json } from '../../contracts/formats/json.ts';
import { isKey } from '../../contracts/formats/key.ts';
import { RequesterError } from '../../requester/error.ts';
import { type Followed, followJob } from '../../requester/follow.ts';
import { type RequestedJob, requestJobs } from '../../requester/job.ts';
import type { Requester } from '../../requester/requester.ts';
import { fetchResult } from '../requester/fetch-result.ts';
import { type Cli, verb } from './command.ts';
import { CliError } from './error.ts';
import type { Row } from './output.ts';
import { amountOf, countOf, progressOf, requesterOf, walletOf } from './requester.ts';
import { vaultOf } from './secret.ts';

export { addJobCommands };

const WAITS = ['settled', 'receipt', 'none'] as const;
const MOST_JOBS = 20;
const MOST_SEQUENCE = 2 ** 32 - 1;

const collect = (value: string, all: readonly string[]): readonly string[] => [...all, value];

interface RunOptions {
  readonly param: readonly string[];
  readonly secret: readonly string[];
  readonly vault: readonly string[];
  readonly max?: string;
  readonly ring?: boolean;
  readonly count: string;
  readonly wait: string;
}

/** `job`: buy a run from a tab, see what became of it, get its result. */
function addJobCommands(program: Command): void {
  const group = program.command('job').description('runs, bought from a tab');

  verb<RunOptions & Record<string, unknown>>(
    group,
    'run <tab>',
    'order a run, and wait for its receipt',
    'job run B62q… --param label=nightly --param depth:=3 --secret TOKEN=@token.txt --max 0.5',
    async (cli, options, tab) => {
      const wait = WAITS.find((name) => name === options.wait);
      if (wait === undefined)
        throw new CliError('USAGE', `--wait ${options.wait} is not one of ${WAITS.join(', ')}.`);
      const count = countOf('--count', options.count, MOST_JOBS);
      const vault = await Promise.all(options.vault.map((name) => vaultOf(cli).read(tab, name)));
      const order = {
        parameters: parametersOf(options.param),
        secrets: secretsOf(options.secret),
        vault,
        ...(options.max === undefined ? {} : { maximum: amountOf('--max', options.max) }),
      };
      const requester = await requesterOf(cli);
      const file = await requester.store.readTab(tab);
      const jobs = await requestJobs(
        requester,
        file,
        Array.from({ length: count }, () => order),
        {
          ...progressOf(cli),
          ...(options.ring ? { delivery: 'ring' } : {}),
          ...(cli.settings.wallet === undefined ? {} : { wallet: walletOf(cli) }),
        }
      );
      const shown = [];
      for (const job of jobs)
        shown.push({
          ...orderOf(job),
          ...(wait === 'none'
            ? {}
            : outcomeOf(
                await followJob(requester, file.terms, job.sequence, {
                  until: wait,
                  ...progressOf(cli),
                })
              )),
        });
      cli.output.result({ ok: true, tab, jobs: shown }, shown.flatMap(rowsOf));
    }
  )
    .option(
      '--param <name=value>',
      'a parameter as text, or as JSON with := ; repeat it',
      collect,
      []
    )
    .option('--secret <name=@file>', 'a secret, read from a file; repeat it', collect, [])
    .option('--vault <name>', 'a secret that `secret put` has sealed; repeat it', collect, [])
    .option('--max <MINA>', 'the most that it may cost (the tab’s cap by default)')
    .option('--ring', 'through the chain, even where the provider takes requests by hand')
    .option('--count <number>', `the same run several times, at most ${MOST_JOBS}`, '1')
    .option('--wait <what>', `for what to wait: ${WAITS.join(', ')}`, 'receipt');

  verb(
    group,
    'show <tab> <sequence>',
    'what became of a run',
    'job show B62q… 1',
    async (cli, _, tab, sequence) => {
      const requester = await requesterOf(cli);
      const number = countOf('sequence', sequence, MOST_SEQUENCE);
      const followed = await look(cli, requester, tab, number);
      const shown = { sequence: number, ...outcomeOf(followed) };
      cli.output.result({ ok: true, tab, ...shown }, rowsOf(shown));
    }
  );

  verb<{ out?: string; tab?: string }>(
    group,
    'get <result> [sequence]',
    'fetch a result by its CID, or by tab and number, and open it where it is sealed',
    'job get B62q… 1 --out result',
    async (cli, options, result, sequence: string | undefined) => {
      if (options.out === undefined)
        throw new CliError('USAGE', 'Name a folder that does not exist yet with --out.');
      const requester = await requesterOf(cli);
      const tab = options.tab ?? (isKey(result) ? result : undefined);
      const root = isKey(result)
        ? await resultOf(cli, requester, result, sequence)
        : parseCid(result);
      const identity =
        tab === undefined ? undefined : (await requester.store.readTab(tab)).identity;
      const { files, bytes, wasSealed } = await fetchResult(requester, root, options.out, {
        ...progressOf(cli),
        ...(identity === undefined ? {} : { identity }),
      });
      const cid = String(root);
      cli.output.result(
        { ok: true, result: cid, folder: options.out, entries: files, bytes, sealed: wasSealed },
        [
          ['result', cid],
          ['folder', options.out],
          ['fetched', `${files} files and folders, ${bytes} bytes`],
          ['sealed', wasSealed ? 'yes, and opened' : 'no'],
        ]
      );
    }
  )
    .option('--out <folder>', 'where to; must not exist')
    .option('--tab <tab>', 'whose file opens the result');
}

/** `name=text` or `name:=json`. @throws CliError `USAGE` */
function parametersOf(given: readonly string[]): Record<string, Json> {
  const parameters = new Map<string, Json>();
  for (const text of given) {
    const match = /^([^=]+?)(:?)=(.*)$/s.exec(text);
    if (match === null)
      throw new CliError('USAGE', `${JSON.stringify(text)} is not name=value; write --param a=b.`);
    const [, name, isJson, value] = match;
    if (parameters.has(name!))
      throw new CliError('USAGE', `the parameter ${name!} is given twice; give it once.`);
    parameters.set(name!, isJson === '' ? value! : jsonOf(name!, value!));
  }
  return Object.fromEntries(parameters);
}

function jsonOf(name: string, text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new CliError('USAGE', `${name}:=${text} is not JSON; write ${name}=… for plain text.`, {
      cause,
    });
  }
}

/** From files only: an argument can be read by every process of the machine (K1). */
const secretsOf = (given: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    given.map((text) => {
      const match = /^([A-Za-z_][A-Za-z0-9_]{0,63})=@(.+)$/s.exec(text);
      if (match === null)
        throw new CliError(
          'USAGE',
          'A secret is given as NAME=@file, so that nobody reads it off the command line.'
        );
      return [match[1]!, readFileSync(match[2]!, 'utf8')] as const;
    })
  );

async function look(
  cli: Cli,
  requester: Requester,
  tab: string,
  sequence: number
): Promise<Followed> {
  const { terms } = await requester.store.readTab(tab);
  const { signal } = cli;
  return followJob(requester, terms, sequence, { until: 'now', signal });
}

async function resultOf(
  cli: Cli,
  requester: Requester,
  tab: string,
  sequence: string | undefined
): Promise<ReturnType<typeof parseCid>> {
  if (sequence === undefined)
    throw new CliError('USAGE', 'Which run? Give its number behind the tab.');
  const number = countOf('sequence', sequence, MOST_SEQUENCE);
  const { entry } = await look(cli, requester, tab, number);
  if (entry === undefined)
    throw new RequesterError(
      'NOT_FOUND',
      `job ${number} of ${tab} has no receipt yet; look again with \`job show\`.`
    );
  return cidOf('dag-pb', entry.note.receipt.result);
}

const orderOf = ({
  sequence,
  digest,
  maximum,
  validUntil,
  delivery,
  transaction,
}: RequestedJob) => ({
  sequence,
  request: digest,
  maximum,
  validUntil,
  delivery,
  ...(transaction === undefined ? {} : { transaction }),
});

function outcomeOf({ entry, isSettled, state, reason }: Followed) {
  const said = {
    ...(state === undefined ? {} : { provider: state }),
    ...(reason === undefined ? {} : { reason }),
  };
  if (entry === undefined) return { ...said, settled: false };
  const { note, commit, id } = entry;
  return {
    ...said,
    receipt: String(rawCidOf(commit.receipt)),
    commit: id,
    result: String(cidOf('dag-pb', note.receipt.result)),
    ...(note.credentials === undefined
      ? {}
      : { credentials: note.credentials.map((hex) => String(rawCidOf(fromHex(hex, 32)))) }),
    exit: describeExit(note.exitStatus),
    amount: note.receipt.amount,
    finished: new Date(note.receipt.finishedAt * 1_000).toISOString(),
    settled: isSettled,
  };
}

const rowsOf = (job: Readonly<Record<string, unknown>>): readonly Row[] =>
  Object.entries(job).map(([name, value]) => [
    name,
    typeof value === 'bigint' ? `${formatMina(value)} MINA` : String(value),
  ]);
