import { type Cache } from 'o1js';
import { ActiveTab } from '../programs/active-tab.ts';
import { Credential } from '../programs/credential.ts';
import { JobLog } from '../programs/job-log.ts';
import { type CircuitKey, compileCircuit } from './compile.ts';
import { Service } from './service.ts';
import { Tab } from './tab.ts';

export { compileCircuits, compileProgram, type Circuits, type Program, type CompileOptions };

/** Programs that no contract verifies. */
type Program = 'Credential' | 'ActiveTab';

type Pinned = CircuitKey & { readonly rows: Readonly<Record<string, number>> };
/** Keys and row counts of everything this project proves. */
type Circuits = Readonly<Record<'JobLog' | 'Tab' | 'Service' | Program, Pinned>>;

interface CompileOptions {
  /** Where prover keys are kept; o1js's own folder by default. */
  readonly cache?: Cache;
  readonly onProgress?: (what: string, seconds: number) => void;
}

async function compileProgram(program: Program, cache?: Cache): Promise<CircuitKey> {
  const options = cache === undefined ? {} : { cache };
  const { verificationKey } = await { Credential, ActiveTab }[program].compile(options);
  return { data: verificationKey.data, hash: verificationKey.hash.toString() };
}

/** Compiles all in order of dependence. */
async function compileCircuits({ cache, onProgress }: CompileOptions = {}): Promise<Circuits> {
  const timed = async (what: string, compile: () => Promise<CircuitKey>): Promise<CircuitKey> => {
    const start = performance.now();
    const key = await compile();
    onProgress?.(what, (performance.now() - start) / 1000);
    return key;
  };
  const circuit = (name: 'JobLog' | 'Tab' | 'Service') =>
    timed(name, () => compileCircuit(name, cache));
  const program = (name: Program) => timed(name, () => compileProgram(name, cache));
  const log = await circuit('JobLog');
  const tab = await circuit('Tab');
  const service = await circuit('Service');
  const credential = await program('Credential');
  const activeTab = await program('ActiveTab');
  return {
    JobLog: { ...log, rows: rowsOf(await JobLog.analyzeMethods()) },
    Tab: { ...tab, rows: rowsOf(await Tab.analyzeMethods()) },
    Service: { ...service, rows: rowsOf(await Service.analyzeMethods()) },
    Credential: { ...credential, rows: rowsOf(await Credential.analyzeMethods()) },
    ActiveTab: { ...activeTab, rows: rowsOf(await ActiveTab.analyzeMethods()) },
  };
}

const rowsOf = (methods: Record<string, { rows: number }>): Record<string, number> =>
  Object.fromEntries(Object.entries(methods).map(([name, { rows }]) => [name, rows]));
