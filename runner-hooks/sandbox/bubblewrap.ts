export { type Mount, type MemoryFile, type Room, insideArguments, outsideCommand, networkCommand };

import { existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { posix } from 'node:path';
import { SandboxError } from './error.ts';

/** A host folder or file and where the job sees it. */
type Mount = { source: string; target: string };

/** A file that exists in memory only, readable by the job and by nobody else. */
type MemoryFile = { target: string; bytes: Uint8Array };

/** What a job sees of the machine. */
type Room = {
  /** Writable; the first is the working folder. */
  writable: readonly Mount[];
  readable: readonly Mount[];
  files: readonly MemoryFile[];
  environment: Readonly<Record<string, string>>;
  /**
   * True shares the host's network, loopback and metadata service included. A process shares that
   * process's: its network namespace, and for an ordinary user the user namespace that this belongs to.
   */
  network: boolean | { readonly of: number };
  sharedMemoryBytes: number;
};

/** Numbers inside, whoever we are outside: builds see the same, and nothing sees root. */
const UID = 1000;
const GID = 1000;

/** What dynamic linking, `update-alternatives` and TLS need. Nothing here is a secret. */
const ETC = [
  '/etc/alternatives',
  '/etc/ca-certificates',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/ssl/certs',
  '/etc/ssl/openssl.cnf',
];
const SYSTEM_LINKS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
const RESERVED = ['/job', '/proc', '/dev', '/etc', '/run', '/tmp', '/usr', '/sys', ...SYSTEM_LINKS];

const text = (target: string, content: string): MemoryFile => ({
  target,
  bytes: new TextEncoder().encode(content),
});

const etcFiles = (network: boolean): MemoryFile[] => [
  text('/etc/passwd', `job:x:${UID}:${GID}:job:/job/home:/bin/bash\n`),
  text('/etc/group', `job:x:${GID}:\n`),
  text('/etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'),
  text('/etc/hosts', '127.0.0.1 localhost\n::1 localhost\n'),
  ...(network ? [text('/etc/resolv.conf', readFileSync('/etc/resolv.conf', 'utf8'))] : []),
];

/**
 * Arguments for the bwrap that holds the job, and the files whose bytes it reads from descriptors
 * `firstDescriptor`, `firstDescriptor + 1`, …
 *
 * They go to bwrap through `--args`, not on its command line, which the job can read in `/proc/1`.
 * @param sources where each mount's source is found by bwrap, same order as `[...writable, ...readable]`
 * @throws {SandboxError} `input` for a mount on a reserved place
 */
function insideArguments(
  room: Room,
  sources: readonly string[],
  descriptors: { status: number; seccomp: number; first: number }
): { args: string[]; files: MemoryFile[] } {
  const files = [...etcFiles(room.network === true), ...room.files];
  room.readable.forEach(({ target }) => assertTarget(target, room.writable[0]!.target));
  const mounts = [...room.writable, ...room.readable];
  const args = [
    // --disable-userns: a fresh user namespace would hand the job every capability inside it.
    ...[
      '--unshare-all',
      '--unshare-user',
      '--disable-userns',
      '--uid',
      `${UID}`,
      '--gid',
      `${GID}`,
    ],
    ...(room.network === false ? [] : ['--share-net']),
    ...['--new-session', '--die-with-parent', '--cap-drop', 'ALL', '--hostname', 'job'],
    ...['--clearenv', ...Object.entries(room.environment).flatMap(([k, v]) => ['--setenv', k, v])],
    ...['--ro-bind', '/usr', '/usr', ...SYSTEM_LINKS.flatMap(systemFolder)],
    ...ETC.filter((path) => existsSync(path)).flatMap((path) => ['--ro-bind', path, path]),
    ...['--proc', '/proc', '--dev', '/dev'],
    // The tmpfs that `--dev` mounts has no size; unwritable, it cannot be filled.
    ...['--size', `${room.sharedMemoryBytes}`, '--perms', '1777', '--tmpfs', '/dev/shm'],
    ...['--remount-ro', '/dev'],
    ...mounts.flatMap(({ target }, i) => [
      i < room.writable.length ? '--bind' : '--ro-bind',
      sources[i]!,
      target,
    ]),
    ...files.flatMap(({ target }, i) => [
      ...['--perms', '0400', '--ro-bind-data', `${descriptors.first + i}`, target],
    ]),
    ...['--chdir', room.writable[0]!.target, '--remount-ro', '/'],
    ...['--seccomp', `${descriptors.seccomp}`, '--json-status-fd', `${descriptors.status}`],
  ];
  return { args, files };
}

/** Words before the sandbox that take it into another process's network. */
function networkCommand({ network }: Room, uid: number | undefined): string[] {
  if (typeof network === 'boolean') return [];
  // Root may join any network; another user only as the owner of the user namespace that has it.
  const owner = uid === undefined ? ['--user', '--preserve-credentials'] : [];
  return ['nsenter', `--target=${network.of}`, ...owner, '--net', '--'];
}

/**
 * The command around it. An ordinary user needs none. Root first becomes `uid`, a number that owns
 * nothing but the job's folders, so that a way out of the inner sandbox is not a way to root; and
 * since that user may not walk through root's folders, a mount namespace puts the sources where it
 * can. Not an outer bwrap: between it and the job the user changes, and a parent without CAP_KILL
 * cannot take a child of another user with it when it dies.
 */
function outsideCommand(
  mounts: readonly Mount[],
  uid: number | undefined
): { command: string[]; sources: string[] } {
  if (uid === undefined) return { command: [], sources: mounts.map(({ source }) => source) };
  const user = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--inh-caps=-all'];
  const command = [
    ...['unshare', '--mount', '--propagation', 'private', '--'],
    ...['/bin/bash', '-c', REACHABLE, 'sandbox', ...mounts.map(({ source }) => source), '--'],
    ...['setpriv', ...user, '--pdeathsig', 'KILL', '--'],
  ];
  return { command, sources: mounts.map((_, i) => `${STAGE}/${i}`) };
}

/** There on every machine, of no use to bwrap, and no place where a source would be. */
const STAGE = '/sys';
const REACHABLE = `set -e
mount -t tmpfs -o mode=755,size=1m,nosuid,nodev sandbox ${STAGE}
for ((i = 0; ; i++)); do
  source=$1; shift
  [[ $source != -- ]] || exec "$@"
  if [[ -d $source ]]; then mkdir ${STAGE}/$i; else : > ${STAGE}/$i; fi
  mount --bind -- "$source" ${STAGE}/$i
done`;

/** `/bin` and its like are links into `/usr` on most systems, and folders on some. */
function systemFolder(path: string): string[] {
  if (!existsSync(path)) return [];
  return lstatSync(path).isSymbolicLink()
    ? ['--symlink', readlinkSync(path), path]
    : ['--ro-bind', path, path];
}

function assertTarget(target: string, work: string): void {
  const below = (folder: string): boolean => `${target}/`.startsWith(`${folder}/`);
  const plain = posix.isAbsolute(target) && posix.normalize(target) === target && target !== '/';
  if (plain && target.startsWith(`${work}/`)) return;
  if (!plain || target.endsWith('/') || RESERVED.some(below))
    throw new SandboxError(
      'input',
      `${JSON.stringify(target)} cannot be a mount's place; use a plain absolute path outside ${RESERVED.join(', ')}, or below ${work}`
    );
}
