import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { deadline } from '../../../contracts/chain/deadline.ts';
import { fetchWhole } from '../../../contracts/chain/fetch.ts';
import type { NetworkFile } from '../network-file.ts';
import { MinaNetworkError, type MinaNetworkErrorCode } from './errors.ts';
import type { MinaEndpoints, MinaNetwork, MinaOptions } from './mina.ts';

export { spawnMina, type SpawnedMina };

interface SpawnedMina extends MinaNetwork {
  readonly pid: number;
  /** Address of the network file, which is there after the first `describe`. */
  readonly networkFile: string;
  /** What is served there from now on. */
  describe(file: NetworkFile): Promise<void>;
}

interface SpawnOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the network must be ready. Default 60,000. */
  readonly timeout?: number | undefined;
}

/** From source beside this module, in a bundle beside the bundle. */
const MAIN = new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './mina.mjs', import.meta.url);

/** What the child says in its one line. */
type Greeting = MinaEndpoints | { readonly error: string; readonly code?: MinaNetworkErrorCode };

/**
 * `startMina` in a process of its own, so that this one may have o1js to itself.
 * @throws MinaNetworkError
 */
async function spawnMina(
  options: MinaOptions = {},
  { signal, timeout = 60_000 }: SpawnOptions = {}
): Promise<SpawnedMina> {
  const loader = MAIN.pathname.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : [];
  const args = [...loader, fileURLToPath(MAIN), JSON.stringify(options)];
  const child = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await exited;
  };
  const limit = deadline(timeout, signal);
  limit.signal.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
  let greeting: Greeting;
  try {
    const lines = createInterface({ input: child.stdout });
    const line = await Promise.race([
      once(lines, 'line').then(([text]) => String(text)),
      exited.then(() => undefined),
    ]);
    limit.signal.throwIfAborted();
    if (line === undefined) throw new Error(`it ended with status ${child.exitCode}`);
    greeting = JSON.parse(line) as Greeting;
  } catch (cause) {
    child.kill('SIGKILL');
    signal?.throwIfAborted();
    throw new MinaNetworkError(
      'SPAWN_FAILED',
      `the network's process was not ready within ${timeout} ms: ${(cause as Error).message}.`,
      { cause }
    );
  } finally {
    limit.clear();
  }
  if ('error' in greeting) {
    await exited;
    throw new MinaNetworkError(greeting.code ?? 'SPAWN_FAILED', greeting.error);
  }
  const control = controls(greeting.accountManager);
  return {
    ...greeting,
    pid: child.pid!,
    networkFile: `${greeting.accountManager}/network.json`,
    describe: async (file) => {
      await control('network', file);
    },
    advanceSlots: async (advance) => (await control('slots', { advance })).slot,
    produceBlocks: async (count) => (await control('blocks', { count })).height,
    reorg: async (depth, { reapply }) => (await control('reorg', { depth, reapply })).height,
    stop,
  };
}

interface ControlAnswer {
  readonly height: number;
  readonly slot: number;
}

/** A reorganisation applies the whole chain again. */
const CONTROL = { milliseconds: 600_000, maxBytes: 64 * 1024 };

interface ControlError {
  readonly code: MinaNetworkErrorCode;
  readonly message: string;
}

function controls(base: string): (name: string, body: unknown) => Promise<ControlAnswer> {
  return async (name, body) => {
    const { status, bytes } = await fetchWhole(
      `${base}/control/${name}`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      },
      CONTROL
    );
    const answer = JSON.parse(new TextDecoder().decode(bytes)) as ControlAnswer | ControlError;
    if (status === 200 && !('code' in answer)) return answer;
    const { code, message } = answer as ControlError;
    throw new MinaNetworkError(code, message);
  };
}
