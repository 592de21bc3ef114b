export { type Egress, type EgressPolicy, openEgress };

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Server } from 'node:net';
import { createProxy } from './proxy.ts';
import type { EgressPolicy } from './reach.ts';
import { SandboxError } from '../sandbox/error.ts';

/** A network of its own for one stage, with nothing in it but a proxy that knows whom to let through. */
interface Egress {
  /** The process whose network it is. */
  readonly of: number;
  /** What tools find the proxy by: git, curl, package managers, GitLab Runner. */
  readonly environment: Readonly<Record<string, string>>;
  close(): void;
}

const PORT = 3128;
/** Of one stage at a time; more are closed as they come. */
const MAX_CONNECTIONS = 512;
const START_MILLISECONDS = 10_000;

/**
 * Runs in the new network and hands out the socket that it listens on: a socket stays in the network that
 * it was made in, so the proxy behind it can be a process that has the machine's. Closed here once it is
 * handed out, or both would take connections.
 */
const LISTENER = `
const server = require('node:net').createServer();
server.listen(${PORT}, '127.0.0.1', 1024, () => 
  process.send(process.pid, server, () => server.close()));
process.on('disconnect', () => process.exit());`;

/** @throws {SandboxError} `unsupported` where this machine makes no network namespaces */
async function openEgress(policy: EgressPolicy): Promise<Egress> {
  // bubblewrap brings the loopback interface up. Root needs no user namespace, and others have one.
  const user = process.getuid!() === 0 ? [] : ['--unshare-user'];
  const child = spawn(
    'bwrap',
    [
      ...[...user, '--unshare-net', '--die-with-parent', '--dev-bind', '/', '/'],
      ...['--', process.execPath, '--eval', LISTENER],
    ],
    {
      cwd: '/',
      // In a group of its own: the runner's SIGTERM is for us to answer.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { PATH: process.env.PATH },
      serialization: 'json',
    }
  );
  const { pid, listening } = await listenerOf(child);
  const proxy = createProxy(policy);
  listening.maxConnections = MAX_CONNECTIONS;
  listening.on('connection', (socket) => proxy.emit('connection', socket));
  const address = `http://127.0.0.1:${PORT}`;
  // What a job starts for itself is beside it, unless GitLab is there.
  const near = ['localhost', '127.0.0.1', '::1'].filter(
    (host) => !policy.hosts.some((allowed) => allowed.replace(/:\d+$/, '') === host)
  );
  return {
    of: pid,
    environment: Object.fromEntries(
      [
        ['http_proxy', address],
        ['https_proxy', address],
        ['no_proxy', near.join(',')],
      ].flatMap(([name, value]) => [
        [name!, value!],
        [name!.toUpperCase(), value!],
      ])
    ),
    close: () => {
      listening.close();
      proxy.closeAllConnections();
      child.disconnect();
    },
  };
}

async function listenerOf(child: ChildProcess): Promise<{ pid: number; listening: Server }> {
  let complaint = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    if (complaint.length < 2_000) complaint += chunk.toString();
  });
  const late = AbortSignal.timeout(START_MILLISECONDS);
  const ended = once(child, 'exit').then(() => undefined);
  const first = await Promise.race([
    once(child, 'message', { signal: late }) as Promise<[number, Server]>,
    ended,
  ]).catch(() => undefined);
  if (first?.[1] instanceof Server) return { pid: first[0], listening: first[1] };
  if (child.pid !== undefined) child.kill('SIGKILL');
  throw new SandboxError(
    'unsupported',
    `no network could be made for the job: ${complaint.trim() || 'it did not start'}; allow user namespaces, or set the network to "host" or "none"`
  );
}
