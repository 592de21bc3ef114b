import type { Room } from '../../runner-hooks/sandbox/bubblewrap.ts';
import type { SandboxLimits } from '../../runner-hooks/sandbox/limits.ts';

export const LIMITS: SandboxLimits = {
  seconds: 20,
  memoryBytes: 512 * 2 ** 20,
  processes: 64,
  diskBytes: 64 * 2 ** 20,
  logBytes: 256 * 1024,
};

export const roomIn = (work: string): Room => ({
  writable: [{ source: work, target: '/job/work' }],
  readable: [],
  files: [],
  environment: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LANG: 'C.UTF-8' },
  network: false,
  sharedMemoryBytes: 2 ** 20,
});
