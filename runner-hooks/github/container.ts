export { responseContainers, isBelow };

import { readFileSync, readdirSync } from 'node:fs';
import * as v from 'valibot';
import { ancestors } from '../sandbox/process-tree.ts';

const id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,252}$/));
const Response = v.object({
  context: v.nullish(v.object({ container: v.nullish(v.object({ id: v.nullish(id) })) })),
});

/** The job's container, as a hook's response to `prepare_job` names it; none where it names none. */
function responseContainers(path: string | null | undefined): readonly string[] {
  if (typeof path !== 'string') return [];
  const response = v.safeParse(Response, JSON.parse(readFileSync(path, 'utf8')));
  const container = response.success ? response.output.context?.container?.id : undefined;
  return typeof container === 'string' ? [container] : [];
}

/**
 * Whether a container's processes are the runner's own descendants, as rootless runtimes have it, and so in
 * sight of what counts the runner: a daemon's, or another machine's, are not.
 */
function isBelow(worker: number, container: string): boolean {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .some(
      (pid) => cgroupOf(pid).includes(container) && [...ancestors(Number(pid))].includes(worker)
    );
}

function cgroupOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'latin1');
  } catch {
    return '';
  }
}
