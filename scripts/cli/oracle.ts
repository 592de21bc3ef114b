import { join } from 'node:path';
import type { Command } from 'commander';
import { createGraphql } from '../../contracts/chain/graphql.ts';
import { readNetworkId } from '../../contracts/chain/network.ts';
import { formatMina } from '../../contracts/formats/amount.ts';
import { parseKey } from '../../contracts/formats/key.ts';
import { spawnProver } from '../../oracle/prove/prover.ts';
import { readLog } from '../../oracle/read/from-git.ts';
import type { ClaimFinding } from '../../requester/log-claim.ts';
import { verify } from '../../requester/verify.ts';
import { Sender } from '../provider/sender.ts';
import { ProvingSettler } from '../provider/settler.ts';
import { proveSettledLog } from '../requester/prove-log.ts';
import { verb } from './command.ts';
import { CliError } from './error.ts';
import { readKeyFile } from './key-file.ts';
import { progressOf, requesterOf } from './requester.ts';
import { lineOf } from './verify.ts';

export { addOracleCommands };

/** `oracle settle`: from a git history to its payment, by anybody who pays the fee. */
function addOracleCommands(program: Command): void {
  const group = program.command('oracle').description('proofs from git histories');
  verb<{ log?: string; jobs: string; proofs: boolean }>(
    group,
    'settle <tab>',
    'prove what a tab’s log holds beyond its settled head, and have it paid',
    'oracle settle B62q… --log http://127.0.0.1:7412/log.git --wallet wallet.json',
    async ({ settings, output, signal }, { log, jobs, proofs }, tab) => {
      parseKey(tab);
      const { node: nodeUrl, wallet, home } = settings;
      if (nodeUrl === undefined) throw new CliError('SETTINGS', 'Name a Mina node with --node.');
      if (wallet === undefined)
        throw new CliError('SETTINGS', 'Name the key file that pays the fee with --wallet.');
      if (log === undefined)
        throw new CliError('USAGE', 'Name the provider’s log repository with --log.');
      const maximumJobs = Number(jobs);
      if (!Number.isInteger(maximumJobs) || maximumJobs < 1 || maximumJobs > 60)
        throw new CliError('USAGE', `${jobs} is not a number of jobs from 1 to 60.`);

      const node = createGraphql([nodeUrl]);
      const networkId = await readNetworkId(node, { signal });
      const entries = await readLog({ repository: log, tab: tab }, { signal });
      const [first] = entries;
      if (first === undefined)
        throw new CliError('NOT_FOUND', `The log of ${tab} holds no receipt yet.`);
      const { terms } = first.note.request;
      const prover = spawnProver({ proofsEnabled: proofs });
      const sender = new Sender({
        node,
        nodeUrl,
        networkId,
        wallet: readKeyFile(wallet, 'mina'),
        prover,
      });
      const settler = new ProvingSettler({
        node,
        sender,
        logOf: async () => log,
        runner: first.note.runner,
        folder: join(home, 'proofs'),
      });
      try {
        const { transaction, head, paid, sequences } = await settler.settle(
          { terms, maximumJobs },
          { signal, onTransaction: () => undefined, onProgress: (step) => output.progress(step) }
        );
        output.result(
          { ok: true, tab, transaction, head, paid, jobs: sequences.length, sequences },
          [
            ['tab', tab],
            ['transaction', transaction],
            ['head', head],
            ['jobs', sequences.join(', ')],
            ['paid', `${formatMina(paid)} MINA`],
          ]
        );
      } finally {
        await prover.stop();
      }
    }
  )
    .option('--log <repository>', 'the provider’s log repository')
    .option('--jobs <number>', 'at most so many', '8')
    .option('--no-proofs', 'for an embedded network that was started without proofs');
  addProveCommand(group);
}

/** `oracle prove`: what was settled, proven once more by whoever wants to see it. No key, no account. */
function addProveCommand(group: Command): void {
  verb<{ log?: string }>(
    group,
    'prove <tab>',
    'verify a tab, make the proof of its settled log again, and hold what it says against the chain; ' +
      'exit status 0 if all holds, 1 if not',
    'oracle prove B62q…',
    async (cli, { log }, tab) => {
      parseKey(tab);
      const { output, settings, signal } = cli;
      const requester = await requesterOf(cli);
      const hints = {
        ...(log === undefined ? {} : { log }),
        ...(settings.log === undefined ? {} : { knownLog: settings.log }),
      };
      const { findings, jobs } = await verify(requester, tab, hints, progressOf(cli));
      const prover = spawnProver();
      let proven: readonly ClaimFinding[];
      try {
        proven = await proveSettledLog(requester, prover, tab, jobs, {
          signal,
          onProgress: ({ what, done, of }) =>
            output.progress(of > 1 ? `${what}, ${done} of ${of}` : what),
        });
      } finally {
        await prover.stop();
      }
      const checks = [...findings, ...proven];
      for (const check of checks) output.line(lineOf(check));
      const failed = checks.filter(({ ok }) => !ok).length;
      output.result({ ok: failed === 0, tab, checks }, [
        ['tab', tab],
        ['jobs', `${jobs.length}, ${jobs.filter(({ isSettled }) => isSettled).length} settled`],
        ['proof', proven.every(({ ok }) => ok) ? 'says what the chain holds' : 'DIFFERS'],
        [
          'checks',
          failed === 0 ? `all ${checks.length} hold` : `${failed} of ${checks.length} FAIL`,
        ],
      ]);
      if (failed > 0) process.exitCode = 1;
    }
  ).option('--log <repository>', 'the repository with its log, where the service does not tell');
}
