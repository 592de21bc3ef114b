import { ProverError, type ProverCode } from './error.ts';
import { type Availability, availability, isolate, release } from './isolation.ts';
import type { FromWorker, Progress, ProofResult, ProofTask, ToWorker } from './message.ts';

export { type Prover, type ProveOptions, type StartWorker, createProver };

interface ProveOptions {
  /** Ends the worker, since a proof cannot be interrupted. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Name of a key file that was not this release's, and was not used. */
  readonly onRefused?: ((file: string) => void) | undefined;
}

/** Proves in the page, one thing at a time. */
interface Prover {
  /**
   * @throws ProverError `UNAVAILABLE` where the page is not isolated yet: see `isolation.ts`;
   *   `ABORTED`, `LOAD`, `CIRCUIT`, `RUNNERS`, `PROOF`, `FAILED`
   */
  prove(task: ProofTask, options?: ProveOptions): Promise<ProofResult>;
}

type StartWorker = () => Pick<Worker, 'postMessage' | 'terminate' | 'addEventListener'>;

const startWorker: StartWorker = () =>
  new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });

/** The worker's file comes through the service worker, which is there only while something is proven. */
const prepareHere = async (): Promise<Availability> => {
  const now = availability();
  return now.kind === 'ready' ? isolate() : now;
};

/** @param options for tests, where no browser is */
function createProver({
  start = startWorker,
  prepare = prepareHere,
  onIdle = release,
  keys = new URL('./keys/', document.baseURI).href,
} = {}): Prover {
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  return {
    prove(task, options = {}) {
      waiting++;
      const mine = turn.then(async () => {
        const now = await prepare();
        if (now.kind !== 'ready')
          throw new ProverError(
            'UNAVAILABLE',
            now.kind === 'unavailable'
              ? now.message
              : 'this page has to be loaded again before it can prove.'
          );
        return run(start(), { task, keys }, options);
      });
      turn = mine
        .catch(() => undefined)
        .then(() => (--waiting === 0 ? onIdle().catch(() => undefined) : undefined));
      return mine;
    },
  };
}

function run(
  worker: ReturnType<StartWorker>,
  message: ToWorker,
  { signal, onProgress, onRefused }: ProveOptions
): Promise<ProofResult> {
  return new Promise<ProofResult>((resolve, reject) => {
    const abort = (): void =>
      reject(
        new ProverError('ABORTED', 'proving was stopped; nothing was sent.', {
          cause: signal?.reason,
        })
      );
    if (signal?.aborted) {
      abort();
      return;
    }
    signal?.addEventListener('abort', abort, { once: true });
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      // A file that is absent, or blocked, has no message.
      const why = event.message ? ` (${event.message})` : '';
      reject(
        new ProverError('LOAD', `the prover did not start${why}; look whether the gateway answers.`)
      );
    });
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      switch (data.type) {
        case 'progress':
          onProgress?.(data.progress);
          break;
        case 'refused':
          onRefused?.(data.file);
          break;
        case 'done':
          resolve(data.result);
          break;
        case 'failed':
          reject(new ProverError(data.code as ProverCode, data.message));
      }
    });
    worker.postMessage(message);
  }).finally(() => worker.terminate());
}
