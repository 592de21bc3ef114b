import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EXIT } from '../../../contracts/formats/job.ts';
import { createJobFolder } from '../../../runner-hooks/sandbox/folders.ts';
import { runInSandbox } from '../../../runner-hooks/sandbox/sandbox.ts';
import { LIMITS, roomIn } from '../limits.ts';
import { processesWith, runScript, temporaryFolder } from '../room.ts';

describe('the sandbox', () => {
  it('runs a command and tells its status, output in order, and how long it took', async () => {
    const { exitStatus, output, breach, milliseconds } = await runScript(
      'echo a; echo b >&2; echo c; echo d > /dev/stderr; sleep 0.2; exit 7'
    );
    expect({ exitStatus, output, breach }).toEqual({
      exitStatus: 7,
      output: 'a\nb\nc\nd\n',
      breach: undefined,
    });
    expect(milliseconds).toBeGreaterThanOrEqual(200);
    expect(milliseconds).toBeLessThan(20_000);
  });

  it('tells a death by a signal from an exit', async () => {
    expect((await runScript('kill -SEGV $$')).exitStatus).toBe(EXIT.signalled + 11);
  });

  it('gives a job files in memory, a clean environment, and one place to write', async () => {
    const work = await createJobFolder(join(await temporaryFolder(), 'work'));
    const room = roomIn(work);
    process.env.RUNPROOF_TEST_LEAK = 'leak';
    onTestFinished(() => {
      delete process.env.RUNPROOF_TEST_LEAK;
    });
    const { output } = await runScript(
      `cat /run/secrets/key; env | grep -c LEAK; id -u; pwd
       touch /job/work/ok; for p in / /usr /etc /dev /proc /run/secrets; do touch $p/x 2>/dev/null && echo wrote $p; done
       echo x > /run/secrets/key; grep /run/secrets /proc/self/mounts | cut -d' ' -f1,3`,
      {
        room: {
          ...room,
          files: [{ target: '/run/secrets/key', bytes: Buffer.from('planted\n') }],
        },
      }
    );
    expect(output).toMatch(/^planted\n0\n1000\n\/job\/work\n.*Read-only|Permission denied/s);
    expect(output).not.toContain('wrote');
    expect(output).toContain('tmpfs tmpfs');
    expect(await readdir(work)).toEqual(['ok']);
  });

  it('refuses a mount that would hide part of the sandbox, and a root-owned work folder', async () => {
    const room = roomIn(await createJobFolder(join(await temporaryFolder(), 'work')));
    for (const target of ['/usr/lib', '/etc', '/job/input', '/', '/opt/../etc', 'opt', '/tmp'])
      await expect(
        runScript('true', { room: { ...room, readable: [{ source: '/usr', target }] } })
      ).rejects.toMatchObject({ code: 'input' });
    if (process.getuid!() === 0)
      await expect(
        runScript('true', { room: roomIn(await temporaryFolder()) })
      ).rejects.toMatchObject({ code: 'input' });
    const lent = { ...room, readable: [{ source: '/usr/bin', target: '/opt/bin' }] };
    expect(
      (await runScript('test -x /opt/bin/env && ! touch /opt/bin/x', { room: lent })).exitStatus
    ).toBe(0);
  });

  it('says what is wrong when it cannot be set up', async () => {
    const room = roomIn(await createJobFolder(join(await temporaryFolder(), 'work')));
    const readable = [{ source: '/no/such/folder', target: '/opt/x' }];
    await expect(runScript('true', { room: { ...room, readable } })).rejects.toMatchObject({
      code: 'setup',
    });
  });
});

describe('R1: a job that looks around', () => {
  it('R1: finds no keys, no host files and no other job', async () => {
    const folder = await temporaryFolder();
    const [mine, other] = [join(folder, 'mine'), join(folder, 'other')];
    await createJobFolder(mine);
    await createJobFolder(other);
    await writeFile(join(other, 'key'), 'k');
    const { output } = await runScript(
      `for p in ${other}/key ${folder} /root /home /etc/shadow /var/lib /sys /boot /.dockerenv; do
         [[ -e $p ]] && echo "sees $p"; done
       ls / | tr '\\n' ' '; cat /etc/passwd | wc -l`,
      { room: roomIn(mine) }
    );
    expect(output).not.toContain('sees');
    expect(output).toMatch(/^(bin |dev |etc |job |lib\w* |proc |sbin |usr )+1\n$/);
  });

  it('R1: sees only its own processes, and no descriptor, argument or path of ours', async () => {
    const marker = `86399.${Date.now() % 1e6}`;
    const bystander = spawn('sleep', [marker]);
    onTestFinished(() => void bystander.kill());
    await once(bystander, 'spawn');
    expect(processesWith(marker)).toHaveLength(1);
    const work = await createJobFolder(join(await temporaryFolder(), 'work'));
    const { output } = await runScript(
      `grep -al '[${marker[0]}]${marker.slice(1)}' /proc/[0-9]*/cmdline; echo --
       ls /proc/self/fd | tr '\\n' ' '; echo --
       kill -9 ${bystander.pid} 2>/dev/null && echo killed; echo --
       tr '\\0' ' ' < /proc/1/cmdline`,
      { room: roomIn(work), meter: ['bash', '-c', 'exec 88</etc/shadow 89>/dev/null; "$@"', 'x'] }
    );
    const [seen, descriptors, killed, init] = output.split('--\n');
    expect(seen).toBe('');
    expect(init).toContain('bwrap');
    expect(init).not.toContain(work);
    expect(descriptors).toBe('0 1 2 3 '); // 3 is the folder that ls itself reads
    expect(killed).toBe('');
  });

  it('R1: reaches neither the metadata service, nor our loopback, nor abstract sockets', async () => {
    const server = createServer((socket) => socket.end('secret')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const { output } = await runScript(
      `for a in 169.254.169.254/80 127.0.0.1/${port}; do
         timeout 2 bash -c "cat < /dev/tcp/$a" 2>/dev/null && echo "reached $a"; done
       tail -n +3 /proc/net/dev | grep -vc '^ *lo:'; tail -n +2 /proc/net/unix | wc -l`
    );
    expect(output).toBe('0\n0\n');
  });

  it('R1: cannot type into a terminal (TIOCSTI), not even one of its own making', async () => {
    const { output } = await runScript(
      `tty; (: < /dev/tty) 2>&1 | grep -o 'No such device'
       setsid --wait perl -e '$| = 1; $SIG{HUP} = "IGNORE"; open(my $m, "+<", "/dev/ptmx") or die "ptmx $!";
         my $n = pack("i", 0); ioctl($m, 0x40045431, $n); my $i = pack("i", 0); ioctl($m, 0x80045430, $i);
         open(my $s, "+<", "/dev/pts/" . unpack("i", $i)) or die "pts $!";
         print ioctl($s, 0x5412, my $x = "x") ? "typed" : "refused " . ($!+0), "\\n"'`
    );
    expect(output).toBe('not a tty\nNo such device\nrefused 1\n');
  });

  it('R1: has no capability, no new user namespace, no keyring, no tracing', async () => {
    const { output } = await runScript(
      `grep -E '^Cap(Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp:' /proc/self/status | awk '{print $2}' | sort -u | tr '\\n' ' '
       unshare -U true 2>/dev/null && echo namespace
       perl -e 'for ([250, 0, -3, 0], [298, 0, 0, 0], [319, 0, 0, 0], [321, 0, 0, 0], [425, 1, 0, 0])
         { my ($n, $a, $b, $c) = @$_; syscall($n, $a, $b, $c); print "$n ", $!+0, "\\n" }'`
    );
    expect(output).toBe('0000000000000000 1 2 250 1\n298 1\n319 1\n321 1\n425 1\n');
  });
});

describe('R6: memory that is in no process', () => {
  it('R6: cannot be had but in crumbs', async () => {
    const { output } = await runScript(
      `perl -e 'for my $size (56, 1048576, 1048577, 4294967296) {
         my $id = shmget(0, $size, 0600); print defined $id ? "yes " : "no ", $!+0, "\\n" }'`
    );
    expect(output).toBe('yes 0\nyes 0\nno 1\nno 1\n');
  });
});

describe('R2: what a job leaves', () => {
  it('R2: daemons, deaf to SIGTERM and in sessions of their own, die with it; no mount stays', async () => {
    const mounts = readFileSync('/proc/self/mounts', 'utf8');
    const marker = `86398.${Date.now() % 1e6}`;
    const { exitStatus } = await runScript(
      `trap '' TERM HUP INT
       (setsid nohup bash -c "trap '' TERM; exec sleep ${marker}" > /dev/null 2>&1 &)
       sleep 0.1; grep -aq ${marker} /proc/[0-9]*/cmdline`
    );
    expect(exitStatus).toBe(0);
    expect(processesWith(marker)).toEqual([]);
    expect(readFileSync('/proc/self/mounts', 'utf8')).toBe(mounts);
  });

  it('R2: an abort kills everything and rejects', async () => {
    const marker = `86397.${Date.now() % 1e6}`;
    const controller = new AbortController();
    const work = await createJobFolder(join(await temporaryFolder(), 'work'));
    const run = runInSandbox({
      command: ['/bin/bash', '-c', `trap '' TERM; (setsid sleep ${marker} &); echo up; sleep 60`],
      room: roomIn(work),
      limits: LIMITS,
      signal: controller.signal,
      onOutput: () => controller.abort(),
    });
    await expect(run).rejects.toMatchObject({ code: 'aborted' });
    expect(processesWith(marker)).toEqual([]);
    await expect(
      runInSandbox({
        command: ['true'],
        room: roomIn(work),
        limits: LIMITS,
        signal: controller.signal,
      })
    ).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('a listener that fails', () => {
  it('R2: ends the job, and its error is the caller’s', async () => {
    const marker = `86394.${Date.now() % 1e6}`;
    const onOutput = (): void => {
      throw new Error('disk full');
    };
    await expect(runScript(`echo x; sleep ${marker}`, { onOutput })).rejects.toThrow('disk full');
    expect(processesWith(marker)).toEqual([]);
  });
});

describe('R6: a job that takes too much', () => {
  it('R6: an endless run that ignores every signal it can ends at the time limit', async () => {
    const { exitStatus, milliseconds, breach } = await runScript(
      `trap '' TERM INT HUP; while :; do :; done`,
      { limits: { seconds: 0.7 } }
    );
    expect(exitStatus).toBe(EXIT.timeLimit);
    expect(milliseconds).toBeLessThan(10_000);
    expect(breach).toContain('0.7 seconds');
  });

  it('R6: a fork bomb is held by the kernel and killed', async () => {
    const { exitStatus, milliseconds } = await runScript(
      'bomb() { bomb | bomb & }; bomb; sleep 60',
      { limits: { processes: 40 } }
    );
    expect(exitStatus).toBe(EXIT.processLimit);
    expect(milliseconds).toBeLessThan(20_000);
  });

  it('R6: threads count as processes do, and the kernel holds what the watch has not seen yet', async () => {
    const threads = await runScript(`ulimit -u; exec node -e 'setTimeout(() => 0, 9e3)'`, {
      limits: { processes: 5 },
    });
    expect(threads).toMatchObject({ exitStatus: EXIT.processLimit, output: '21\n' });
  });

  it('R6: a log flood is cut at its limit to the byte', async () => {
    const { exitStatus, output } = await runScript('yes', { limits: { logBytes: 100_000 } });
    expect(exitStatus).toBe(EXIT.logLimit);
    expect(output).toHaveLength(100_000);
  });

  it('R6: memory over the limit, in one process or spread over several, is noticed', async () => {
    const hog = `node -e 'const a=[];setInterval(()=>a.push(Buffer.alloc(1e7,1)),5)'`;
    const one = await runScript(hog, { limits: { memoryBytes: 150e6 } });
    expect(one.exitStatus).toBe(EXIT.memoryLimit);
    expect(one.peakMemoryBytes).toBeGreaterThan(150e6);
    const small = `node -e 'globalThis.b=Buffer.alloc(5e7,1);setTimeout(()=>0,5e3)'`;
    const three = await runScript(`${small} & ${small} & ${small} & wait`, {
      limits: { memoryBytes: 150e6 },
    });
    expect(three.exitStatus).toBe(EXIT.memoryLimit);
  });

  it('R6: a full disk stays ours, also where a job hides what it wrote', async () => {
    const limits = { diskBytes: 10e6 };
    const hidden = `mkdir d; for i in $(seq 20); do head -c 1000000 /dev/zero > d/$i; done; chmod 0 d`;
    expect((await runScript(hidden, { limits })).exitStatus).toBe(EXIT.outputLimit);
    expect((await runScript(`${hidden}; sleep 60`, { limits })).milliseconds).toBeLessThan(20_000);
    const big = await runScript('head -c 1000000000 /dev/zero > big', { limits });
    expect(big.exitStatus).toBe(EXIT.outputLimit);
    const nameless = `exec 7> f; rm f; head -c 20000000 /dev/zero >&7; sleep 60`;
    expect((await runScript(nameless, { limits })).exitStatus).toBe(EXIT.outputLimit);
    const shm = await runScript('head -c 5000000 /dev/zero > /dev/shm/x; stat -c %s /dev/shm/x');
    expect(shm.output).toMatch(/No space left[^]*\n1048576\n$/);
  });
});
