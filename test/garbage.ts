export { collecting };

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Collects garbage all the time: that is when Node 20 forgets what it was to stop. */
async function collecting<T>(work: () => Promise<T>): Promise<T> {
  setFlagsFromString('--expose-gc');
  const collector = setInterval(runInNewContext('gc') as () => void, 20);
  try {
    return await work();
  } finally {
    clearInterval(collector);
  }
}
