export { seccompProgram, DENIED };

import { SandboxError } from './error.ts';

/**
 * System calls that no build needs and that reach kernel code namespaces do not cover: the keyring
 * (shared with whoever started us), tracing, mounts, modules, io_uring. And memfd, whose pages stand
 * in no process's sum, so that the watch on memory would not see them. They answer EPERM.
 * Numbers: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
 */
const DENIED = {
  x64: {
    syslog: 103,
    pivot_root: 155,
    acct: 163,
    mount: 165,
    umount2: 166,
    swapon: 167,
    reboot: 169,
    init_module: 175,
    delete_module: 176,
    quotactl: 179,
    kexec_load: 246,
    add_key: 248,
    request_key: 249,
    keyctl: 250,
    unshare: 272,
    perf_event_open: 298,
    open_by_handle_at: 304,
    setns: 308,
    finit_module: 313,
    memfd_create: 319,
    kexec_file_load: 320,
    bpf: 321,
    userfaultfd: 323,
    io_uring_setup: 425,
    io_uring_enter: 426,
    io_uring_register: 427,
    open_tree: 428,
    move_mount: 429,
    fsopen: 430,
    mount_setattr: 442,
    memfd_secret: 447,
  },
  arm64: {
    umount2: 39,
    mount: 40,
    pivot_root: 41,
    quotactl: 60,
    acct: 89,
    unshare: 97,
    kexec_load: 104,
    init_module: 105,
    delete_module: 106,
    syslog: 116,
    reboot: 142,
    add_key: 217,
    request_key: 218,
    keyctl: 219,
    swapon: 224,
    perf_event_open: 241,
    open_by_handle_at: 265,
    setns: 268,
    finit_module: 273,
    memfd_create: 279,
    bpf: 280,
    userfaultfd: 282,
    kexec_file_load: 294,
    io_uring_setup: 425,
    io_uring_enter: 426,
    io_uring_register: 427,
    open_tree: 428,
    move_mount: 429,
    fsopen: 430,
    mount_setattr: 442,
    memfd_secret: 447,
  },
} as const;

const MACHINE = {
  x64: { audit: 0xc000003e, ioctl: 16, shmget: 29 },
  arm64: { audit: 0xc00000b7, ioctl: 29, shmget: 194 },
} as const;

/** ioctls that put characters into a terminal's input as if typed (TIOCSTI, TIOCLINUX). */
const DENIED_IOCTLS = [0x5412, 0x541c];

/**
 * System V segments are in no sum either while detached. PostgreSQL wants one of 56 bytes; a namespace
 * holds at most 4096.
 */
const MAX_SEGMENT_BYTES = 2 ** 20;

// <linux/bpf_common.h>, <linux/seccomp.h>
const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER = 0x25;
const JUMP_AT_LEAST = 0x35;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const EPERM = 0x00050001;
const KILL_PROCESS = 0x80000000;
// offsets in struct seccomp_data, little endian
const NUMBER = 0;
const ARCHITECTURE = 4;
const SECOND_ARGUMENT = 24;
const X32_BIT = 0x40000000;

type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, k: number];

/**
 * The classic BPF program for `bwrap --seccomp`: 8 bytes an instruction (`struct sock_filter`).
 * A call from another architecture (i386 on x86-64) kills the process, since numbers differ there.
 * @throws {SandboxError} `unsupported`
 */
function seccompProgram(architecture: string = process.arch): Uint8Array {
  if (architecture !== 'x64' && architecture !== 'arm64')
    throw new SandboxError(
      'unsupported',
      `the sandbox knows the system calls of x64 and arm64, not of ${architecture}; run jobs on one of those`
    );
  const { audit, ioctl, shmget } = MACHINE[architecture];
  const denyIfEqual = (value: number): Instruction[] => [
    [JUMP_EQUAL, 0, 1, value],
    [RETURN, 0, 0, EPERM],
  ];
  const program: Instruction[] = [
    [LOAD, 0, 0, ARCHITECTURE],
    [JUMP_EQUAL, 1, 0, audit],
    [RETURN, 0, 0, KILL_PROCESS],
    [LOAD, 0, 0, NUMBER],
    [JUMP_AT_LEAST, 0, 1, X32_BIT],
    [RETURN, 0, 0, EPERM],
    ...Object.values(DENIED[architecture]).flatMap(denyIfEqual),
    [JUMP_EQUAL, 0, 6, shmget],
    [LOAD, 0, 0, SECOND_ARGUMENT + 4],
    [JUMP_EQUAL, 0, 2, 0],
    [LOAD, 0, 0, SECOND_ARGUMENT],
    [JUMP_GREATER, 0, 1, MAX_SEGMENT_BYTES],
    [RETURN, 0, 0, EPERM],
    [RETURN, 0, 0, ALLOW],
    [JUMP_EQUAL, 1, 0, ioctl],
    [RETURN, 0, 0, ALLOW],
    [LOAD, 0, 0, SECOND_ARGUMENT],
    ...DENIED_IOCTLS.flatMap(denyIfEqual),
    [RETURN, 0, 0, ALLOW],
  ];
  const bytes = new DataView(new ArrayBuffer(8 * program.length));
  program.forEach(([code, jumpTrue, jumpFalse, k], i) => {
    bytes.setUint16(8 * i, code, true);
    bytes.setUint8(8 * i + 2, jumpTrue);
    bytes.setUint8(8 * i + 3, jumpFalse);
    bytes.setUint32(8 * i + 4, k, true);
  });
  return new Uint8Array(bytes.buffer);
}
