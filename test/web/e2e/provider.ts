import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { KeyPair } from '../../../contracts/chain/sign.ts';
import { newIdentity, newKey, writeKeyFile } from '../../../scripts/cli/key-file.ts';
import { freePort } from '../../../scripts/demo/free-port.ts';
import { ROOT } from '../../../scripts/site/checkout.ts';
import type { Stage } from './harness.ts';
import { runproof } from './shell.ts';

export { type NewProvider, newProvider };

/** Somebody who begins to sell: keys in a folder, and a daemon once there is a service. */
interface NewProvider {
  readonly runner: string;
  /** age recipient. */
  readonly recipient: string;
  readonly log: string;
  readonly endpoint: string;
  /** Starts the daemon on a `provider.json`, as the page's command line does, until it is ready. */
  start(configuration: string): Promise<void>;
  /** Runs the line that the page shows for it, on a network without proofs. */
  pause(line: string): Promise<void>;
  stop(): Promise<void>;
}

/** @param wallet is paid, and pays for settlements */
async function newProvider(stage: Stage, wallet: KeyPair): Promise<NewProvider> {
  const { network } = stage.market;
  const home = await mkdtemp(join(tmpdir(), 'runproof-e2e-provider-'));
  const key = (name: string): string => join(home, 'keys', `${name}.json`);
  await mkdir(join(home, 'keys'), { mode: 0o700 });
  const runner = newKey();
  const identity = await newIdentity();
  writeKeyFile(key('runner'), runner);
  writeKeyFile(key('epoch-0'), identity);
  writeKeyFile(key('wallet'), { type: 'mina', ...wallet });
  await writeFile(join(home, 'log-token'), network.token, { mode: 0o600 });
  const log = await network.git.createRepository('another-log.git');
  let stop = (): Promise<void> => Promise.resolve();
  return {
    ...{ runner: runner.publicKey, recipient: identity.recipient, log },
    endpoint: `http://127.0.0.1:${await freePort()}`,
    async start(configuration) {
      const path = join(home, 'provider.json');
      await writeFile(path, configuration);
      const bin = join(ROOT, 'bin', 'runproof.mjs');
      const args = [bin, '--home', home, 'runner', 'start', '--config', path];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = once(child, 'exit');
      process.once('exit', () => child.kill('SIGKILL'));
      stop = async () => {
        child.kill('SIGTERM');
        await ended;
      };
      const lines = createInterface({ input: child.stdout });
      await Promise.race([
        new Promise<void>((resolve) =>
          lines.on('line', (line) => {
            if (line.includes('"msg":"started"')) resolve();
          })
        ),
        ended.then(() => Promise.reject(new Error('the daemon ended before it was ready'))),
      ]);
    },
    async pause(line) {
      const [npx, name, ...args] = line.replace(/^\$\s*/, '').split(/\s+/);
      if (npx !== 'npx' || name !== 'runproof') throw new Error(`not a line of ours: ${line}`);
      const here = args.map((word) => word.replace(/^~\/\.runproof/, home).replaceAll("'", ''));
      await runproof([...here, '--no-proofs']);
    },
    stop: () => stop(),
  };
}
