import type { Circuit } from '../../contracts/zkapps/compile.ts';
import { assertPinned } from './circuit-key.ts';
import { ProverError } from './error.ts';
import { type KeyCache, loadKeys } from './key-files.ts';
import type { FromWorker, ProofResult, ProofTask, ToWorker } from './message.ts';

/**
 * Proves one thing, in a thread of its own that the page ends afterwards: o1js holds a gigabyte that
 * only the thread's end gives back. It is fetched from the network, so the page's policy does not hold
 * for it, and o1js may use `new Function` here.
 */

const send = (message: FromWorker): void => self.postMessage(message);
const tell = (what: string, done = 0, of = 1): void =>
  send({ type: 'progress', progress: { what, done, of } });

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  answer(data).then(
    (result) => send({ type: 'done', result }),
    (error: unknown) => send({ type: 'failed', ...problemOf(error) })
  );
});

async function answer({ task, keys: folder }: ToWorker): Promise<ProofResult> {
  const needed = neededFor(task);
  const isCompiled = task.kind === 'log' || task.proofsEnabled;
  const cache = isCompiled ? await keysFor(needed, folder) : undefined;
  tell('loading o1js');
  const { compile, prove } = await import('./circuits.ts').catch((cause: unknown) => {
    throw new ProverError('LOAD', 'o1js could not be loaded; look whether the gateway answers.', {
      cause,
    });
  });
  if (cache !== undefined)
    for (const [done, circuit] of needed.entries()) {
      tell(`compiling ${circuit}`, done, needed.length);
      assertPinned(circuit, await compile(circuit, cache));
    }
  return prove(task, tell);
}

/** A tab's circuit contains the job log's key. */
function neededFor(task: ProofTask): readonly Circuit[] {
  if (task.kind === 'log') return ['JobLog'];
  return task.call.kind === 'refund' ? ['JobLog', 'Tab'] : ['Service'];
}

const keysFor = async (needed: readonly Circuit[], folder: string): Promise<KeyCache> =>
  loadKeys(needed, folder, {
    store: await caches.open('runproof-keys').catch(() => undefined),
    onProgress: (done, of) => tell('loading key files', done, of),
    onRefused: (file) => send({ type: 'refused', file }),
  });

function problemOf(error: unknown): { code: string; message: string } {
  const code = error instanceof ProverError ? error.code : 'FAILED';
  const message = error instanceof Error ? error.message : String(error);
  return { code, message: message.slice(0, 2_000) };
}
