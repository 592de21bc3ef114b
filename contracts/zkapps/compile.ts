import { type Cache } from 'o1js';
import { JobLog } from '../programs/job-log.ts';
import { Service } from './service.ts';
import { Tab } from './tab.ts';

export { compileCircuits, type Circuits, type CompileOptions };

interface Key {
  readonly data: string;
  readonly hash: string;
}
/** Keys and row counts of everything this project proves. */
interface Circuits {
  readonly JobLog: Key & { readonly rows: Readonly<Record<string, number>> };
  readonly Tab: Key & { readonly rows: Readonly<Record<string, number>> };
  readonly Service: Key & { readonly rows: Readonly<Record<string, number>> };
}

interface CompileOptions {
  /** Where prover keys are kept; o1js's own folder by default. */
  readonly cache?: Cache;
  readonly onProgress?: (what: string, seconds: number) => void;
}

/** Compiles in order of dependence: a tab's circuit contains the job log's verification key. */
async function compileCircuits({ cache, onProgress }: CompileOptions = {}): Promise<Circuits> {
  const options = cache === undefined ? {} : { cache };
  const compile = async (
    what: string,
    {
      compile,
    }: {
      compile: () => Promise<{ verificationKey: { data: string; hash: { toString(): string } } }>;
    }
  ): Promise<Key> => {
    const start = performance.now();
    const { data, hash } = (await compile()).verificationKey;
    onProgress?.(what, (performance.now() - start) / 1000);
    return { data, hash: hash.toString() };
  };
  const log = await compile('JobLog', { compile: () => JobLog.compile(options) });
  const tab = await compile('Tab', { compile: () => Tab.compile(options) });
  const service = await compile('Service', { compile: () => Service.compile(options) });
  return {
    JobLog: { ...log, rows: rowsOf(await JobLog.analyzeMethods()) },
    Tab: { ...tab, rows: rowsOf(await Tab.analyzeMethods()) },
    Service: { ...service, rows: rowsOf(await Service.analyzeMethods()) },
  };
}

const rowsOf = (methods: Record<string, { rows: number }>): Record<string, number> =>
  Object.fromEntries(Object.entries(methods).map(([name, { rows }]) => [name, rows]));
