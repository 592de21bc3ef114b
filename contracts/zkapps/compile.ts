import { type Cache } from 'o1js';
import { JobLog } from '../programs/job-log.ts';
import { Service } from './service.ts';
import { Tab } from './tab.ts';

export { compileCircuits, compileCircuit, type Circuit, type Circuits, type CompileOptions };

type Circuit = 'JobLog' | 'Tab' | 'Service';

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

/** Compiles one; a tab's circuit contains the job log's verification key, so that one comes first. */
async function compileCircuit(circuit: Circuit, cache?: Cache): Promise<Key> {
  const options = cache === undefined ? {} : { cache };
  const { verificationKey } = await {
    JobLog: () => JobLog.compile(options),
    Tab: () => Tab.compile(options),
    Service: () => Service.compile(options),
  }[circuit]();
  return { data: verificationKey.data, hash: verificationKey.hash.toString() };
}

/** Compiles all in order of dependence. */
async function compileCircuits({ cache, onProgress }: CompileOptions = {}): Promise<Circuits> {
  const compile = async (circuit: Circuit): Promise<Key> => {
    const start = performance.now();
    const key = await compileCircuit(circuit, cache);
    onProgress?.(circuit, (performance.now() - start) / 1000);
    return key;
  };
  const log = await compile('JobLog');
  const tab = await compile('Tab');
  const service = await compile('Service');
  return {
    JobLog: { ...log, rows: rowsOf(await JobLog.analyzeMethods()) },
    Tab: { ...tab, rows: rowsOf(await Tab.analyzeMethods()) },
    Service: { ...service, rows: rowsOf(await Service.analyzeMethods()) },
  };
}

const rowsOf = (methods: Record<string, { rows: number }>): Record<string, number> =>
  Object.fromEntries(Object.entries(methods).map(([name, { rows }]) => [name, rows]));
