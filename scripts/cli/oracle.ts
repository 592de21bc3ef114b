import { join } from 'node:path';
import type { Command } from 'commander';
import { createGraphql } from '../../contracts/chain/graphql.ts';
import { readNetworkId } from '../../contracts/chain/network.ts';
import { formatMina } from '../../contracts/formats/amount.ts';
import { parseKey } from '../../contracts/formats/key.ts';
import { spawnProver } from '../../oracle/prove/prover.ts';
import { readLog } from '../../oracle/read/from-git.ts';
import { Sender } from '../provider/sender.ts';
import { ProvingSettler } from '../provider/settler.ts';
import { verb } from './command.ts';
import { CliError } from './error.ts';
import { readKeyFile } from './key-file.ts';

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
}
