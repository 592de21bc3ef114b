import { resolve } from 'node:path';
import type { Command } from 'commander';
import { formatMina } from '../../contracts/formats/amount.ts';
import type { Demo } from '../demo/demo.ts';
import { DEFAULT_PORT } from '../network/port.ts';
import { verb } from './command.ts';
import { CliError } from './error.ts';
import { portOf, untilAborted } from './network.ts';
import type { Row } from './output.ts';

export { addDemoCommand };

/** `demo`, which `npm start` calls: the whole path on loopback, with a real job. */
function addDemoCommand(program: Command): void {
  verb<{ once: boolean; jobs: string; port: string; proofs: boolean; driver: string }>(
    program,
    'demo',
    'everything on loopback: one real job, from the request to the payment',
    'demo --once --jobs 4',
    async ({ settings, output, signal }, { once, jobs: text, port, proofs, driver: name }) => {
      const jobs = Number(text);
      if (!/^[0-9]{1,2}$/.test(text) || jobs < 1 || jobs > 20)
        throw new CliError(
          'USAGE',
          `${JSON.stringify(text)} is not a number of jobs from 1 to 20.`
        );
      const driver = DRIVERS.find((one) => one === name);
      if (driver === undefined)
        throw new CliError('USAGE', `${JSON.stringify(name)} is none of ${DRIVERS.join(', ')}.`);
      // Beside the checkout's own files unless told otherwise, so that removing it is safe.
      const home = program.opts<{ home?: string }>().home ?? process.env.RUNPROOF_HOME;
      const first = portOf(port);
      const { runDemo } = await import('../demo/demo.ts');
      const demo = await runDemo({
        home: home === undefined ? resolve('.runproof') : settings.home,
        ...{ port: first, jobs, proofs, driver, signal },
        onProgress: (what) => output.progress(what),
      });
      try {
        output.result({ ok: true, ...demo.report }, rowsOf(demo));
        if (once) return;
        output.line(addressesOf(demo));
        await untilAborted(signal);
      } finally {
        await demo.market.stop();
      }
    }
  )
    .option('--once', 'end after the settlement', false)
    .option('--jobs <number>', 'so many jobs, settled in one transaction', '1')
    .option('--port <number>', 'first of five ports; 0 takes free ones', String(DEFAULT_PORT))
    .option('--driver <name>', `who starts jobs: ${DRIVERS.join(', ')}`, 'local')
    .option('--no-proofs', 'neither make nor verify proofs: worth nothing, and quick');
}

const DRIVERS = ['local', 'github', 'gitlab'] as const;

function rowsOf({ report }: Demo): Row[] {
  const { phases, paid, reproduced, site, ...rest } = report;
  const named = ['service', 'tab', 'source', 'request', 'receipt', 'result', 'commit'] as const;
  return [
    ...named.map((name): Row => [name, rest[name]]),
    ['app served', site.served],
    ['app built', site.built],
    ['same app', site.same ? 'yes' : 'NO'],
    ['transaction', rest.settlement],
    ['jobs', rest.jobs],
    ...(reproduced === undefined ? [] : [['same output', reproduced ? 'yes' : 'NO'] as const]),
    ['paid', `${formatMina(paid)} MINA`],
    ...Object.entries(phases).map(([phase, seconds]): Row => [`seconds: ${phase}`, seconds]),
    ['seconds', rest.seconds],
  ];
}

const addressesOf = ({ market: { network, log, provider }, report }: Demo): string => `
The app, in a browser:
  ${report.app.path}
  ${report.app.subdomain}

Up until Ctrl-C:
  node             ${network.mina.graphql}
  archive          ${network.mina.archive}
  account manager  ${network.mina.accountManager}
  network file     ${network.mina.networkFile}
  IPFS gateway     ${network.ipfs.url}/ipfs/${report.result}
  log              ${log}
  daemon's log     ${provider.logFile}

Try, in another terminal:
  npx runproof verify ${report.receipt}
`;
