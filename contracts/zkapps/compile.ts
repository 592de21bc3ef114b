import { type Cache } from 'o1js';
import { JobLog } from '../programs/job-log.ts';
import { Service } from './service.ts';
import { Tab } from './tab.ts';

export { compileCircuit, type Circuit, type CircuitKey };

/** What the chain's contracts are made of. Programs that stand alone are in `compile-all.ts`. */
type Circuit = 'JobLog' | 'Tab' | 'Service';

interface CircuitKey {
  readonly data: string;
  readonly hash: string;
}

/** Compiles one; a tab's circuit contains the job log's verification key, so that one comes first. */
async function compileCircuit(circuit: Circuit, cache?: Cache): Promise<CircuitKey> {
  const options = cache === undefined ? {} : { cache };
  const { verificationKey } = await {
    JobLog: () => JobLog.compile(options),
    Tab: () => Tab.compile(options),
    Service: () => Service.compile(options),
  }[circuit]();
  return { data: verificationKey.data, hash: verificationKey.hash.toString() };
}
