import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises';
import { readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { executionChain } from '../../../contracts/formats/execution.ts';
import { EXIT, type Limits } from '../../../contracts/formats/job.ts';
import { encodeJson } from '../../../contracts/formats/json.ts';
import { perfRoot } from '../../../contracts/formats/perf.ts';
import type { JobRequest, JobSettings, Progress } from '../../../runner-hooks/driver/job.ts';
import { runJob, sweep } from '../../../runner-hooks/driver/local.ts';
import { removeTree } from '../../../runner-hooks/sandbox/folders.ts';
import { createRepository, processesWith, temporaryFolder } from '../room.ts';

const LIMITS: Limits = {
  seconds: 30,
  memoryBytes: 512 * 2 ** 20,
  processes: 64,
  outputBytes: 1_000_000,
  logBytes: 100_000,
  network: false,
};
const COUNT_UP = 'for ((i = 0; i < 200000; i++)); do :; done';

type Job = Partial<Omit<JobRequest, 'job' | 'limits'>> & {
  scripts?: string[];
  outputs?: string[];
  limits?: Partial<Limits>;
};

async function run(
  { scripts = ['true'], outputs = [], limits, ...rest }: Job,
  settings: Partial<JobSettings> = {}
) {
  const folder = settings.folder ?? (await temporaryFolder());
  const source = rest.source ?? createRepository(join(await temporaryFolder(), 'r'), { a: 'a\n' });
  const outcome = await runJob(
    {
      ...{ id: 'ab'.repeat(32), driver: 'local' as const, parameters: {} },
      ...rest,
      source,
      job: { phases: scripts.map((script, i) => ({ name: `phase-${i}`, script })), outputs },
      limits: { ...LIMITS, ...limits },
    },
    { allowFiles: true, ...settings, folder }
  );
  onTestFinished(() => outcome.discard());
  return { folder, ...outcome };
}

describe('a job', () => {
  it('runs its phases on its source, and its outcome holds what a receipt needs', async () => {
    const steps: Progress['step'][] = [];
    let live = '';
    const outcome = await run(
      {
        scripts: [
          `cat a; cp a b; mkdir out; cat "$RUNPROOF_PARAMETERS" > out/p; ${COUNT_UP}`,
          'cat b; echo "$PWD $HOME $TZ $LANG $SOURCE_DATE_EPOCH"; stat -c %Y a; umask',
        ],
        outputs: ['out'],
        parameters: { b: [1, 'é'], a: null },
      },
      { onProgress: ({ step }) => steps.push(step), onLog: (text) => (live += text) }
    );
    expect(outcome.exitStatus).toBe(0);
    expect(outcome.log).toBe(
      '[runproof: phase phase-0]\na\n[runproof: phase phase-1]\na\n' +
        '/job/work /job/home UTC C.UTF-8 1700000000\n1700000000\n0022\n'
    );
    expect(live).toBe(outcome.log);
    expect(steps).toEqual(['fetch', 'unpack', 'phase', 'phase', 'collect']);
    expect(await readFile(join(outcome.outputs, 'out/p'), 'utf8')).toBe('{"a":null,"b":[1,"é"]}');

    const [first, second] = outcome.phases;
    expect(first!.name).toBe('phase-0');
    expect(first!.taskClock).toBeGreaterThan(50_000_000n);
    expect(outcome.counters[0]).toEqual({
      name: 'task-clock',
      unit: 'ns',
      value: first!.taskClock + second!.taskClock,
    });
    expect(outcome.profileDigest).toEqual(
      createHash('sha256').update(encodeJson(outcome.profile)).digest()
    );
    expect(outcome.profile.profiles.map(({ name }) => name)).toEqual(['phase-0', 'phase-1']);
    expect(outcome.profile.profiles[0]!.endValue).toBeGreaterThan(5);
    expect(perfRoot(outcome.counters, outcome.profileDigest)).toBeTypeOf('bigint');
    const digest = new Uint8Array(32);
    const execution = { source: outcome.sourceDigest, input: digest, output: digest };
    expect(executionChain({ ...execution, phases: outcome.phases })).toBeTypeOf('bigint');
  });

  it('finds symbols of what it built itself', async () => {
    const { profile, log } = await run({
      scripts: [
        `printf 'int hot_loop(void){volatile int i=0;while(i<300000000)i++;return i;}int main(){return hot_loop()==1;}' > x.c
         if command -v cc > /dev/null; then cc -g -O0 -fno-omit-frame-pointer x.c -o x && ./x; else echo none; fi`,
      ],
    });
    if (log === 'none\n') return;
    expect(profile.shared.frames.map(({ name }) => name)).toContain('hot_loop (x)');
  });

  it('stops at the first phase that fails, and -e, -u and pipefail hold', async () => {
    const failing = await run({ scripts: ['exit 3', 'echo never'] });
    expect(failing).toMatchObject({ exitStatus: 3, log: '[runproof: phase phase-0]\n' });
    expect(failing.phases).toHaveLength(1);
    for (const script of ['false; true', 'echo $nothing', 'false | true'])
      expect((await run({ scripts: [script] })).exitStatus).toBe(1);
  });

  it('gets the same source, paths and numbers in every folder', async () => {
    const source = createRepository(join(await temporaryFolder(), 'r'), { a: 'a\n', 'b/c': 'c' });
    const job = {
      source,
      scripts: [
        'find . -mindepth 1 -printf "%P %m %s %T@ %u\\n" | sort > ~/o; id >> ~/o; env | sort >> ~/o; pwd >> ~/o; mv ~/o .',
      ],
      outputs: ['o'],
    };
    const [one, two] = [await run(job), await run(job)];
    const text = await readFile(join(one.outputs, 'o'), 'utf8');
    expect(text).toContain('b/c 644 1 1700000000');
    expect(await readFile(join(two.outputs, 'o'), 'utf8')).toBe(text);
    expect(one.sourceDigest).toEqual(two.sourceDigest);
  });

  it('that is not worth starting is refused and free, and says why', async () => {
    const { repository, commit } = createRepository(join(await temporaryFolder(), 'r'), { a: 'a' });
    const source = { repository, commit: '0123456789012345678901234567890123456789' };
    const refused = [
      await run({ source }),
      await run({ source: { repository: 'ssh://host/x', commit } }),
      await run({ limits: { network: true } }),
      await run({ source: { repository, commit } }, { maxSourceBytes: 500 }),
    ];
    for (const outcome of refused) {
      expect(outcome).toMatchObject({ exitStatus: EXIT.refused, phases: [] });
      expect(outcome.log).toContain(outcome.reason);
      expect(outcome.counters[0]!.value).toBe(0n);
    }
    const down = { repository: 'http://127.0.0.1:1/x', commit };
    await expect(run({ source: down })).rejects.toMatchObject({ code: 'unreachable' });
    const bad: Record<string, string>[] = [{ '../x': 'y' }, { a: 'x'.repeat(20_000) }];
    for (const secrets of bad)
      await expect(run({ secrets })).rejects.toMatchObject({ code: 'input' });
    const hidden = [new Uint8Array(16 * 1024)];
    await expect(run({ secrets: { a: 'b' }, hidden })).rejects.toMatchObject({ code: 'input' });
  });

  it('sees the network and the mounts that its provider lends', async () => {
    const lent = await temporaryFolder();
    await chmod(lent, 0o755);
    await writeFile(join(lent, 'dependency'), 'dep\n');
    const { log } = await run(
      {
        scripts: ['cat deps/dependency; grep -c : /proc/net/dev; touch deps/x || echo read-only'],
        mounts: [{ source: lent, target: '/job/work/deps' }],
        limits: { network: true },
      },
      { shareNetwork: true }
    );
    expect(log).toMatch(/^dep\n\d+\n.*Read-only file system\nread-only\n$/);
  });
});

describe('a hostile job', () => {
  it('R1: cannot write its own counters or recording', async () => {
    const { counters, log } = await run({
      scripts: [
        `for fd in {3..9}; do echo '{"counter-value":"9"}' >&$fd && echo "wrote $fd"; done 2>/dev/null
         find / -name 'stat.json' -o -name 'perf.data*' 2>/dev/null`,
      ],
    });
    expect(log).toBe('');
    expect(counters[0]!.value).toBeLessThan(5_000_000_000n);
  });

  it('R2: leaves nothing to the next one', async () => {
    const folder = await temporaryFolder();
    const litter = `for f in /job/work /job/home /tmp /dev/shm; do ls -A $f; touch $f/left; done
      perl -e 'for (1..1500) { mkdir "dddd"; chdir "dddd" }'; chmod 0 dddd`;
    const source = createRepository(join(folder, 'r'), { a: 'a' });
    const first = await run({ scripts: [litter], source }, { folder });
    const second = await run({ scripts: [litter], source }, { folder });
    expect([first.log, second.log]).toEqual(['a\n', 'a\n']);
    await Promise.all([first.discard(), second.discard()]);
    expect(readdirSync(folder).sort()).toEqual(['r', 'sources']);
  });

  it('R6: is held to one budget over all its phases', async () => {
    const slow = await run({ scripts: ['true', 'sleep 60'], limits: { seconds: 3 } });
    expect(slow.exitStatus).toBe(EXIT.timeLimit);
    expect(slow.phases.map(({ exitStatus }) => exitStatus)).toEqual([0, EXIT.timeLimit]);
    expect(slow.milliseconds).toBeLessThan(20_000);
    expect(slow.phases[1]!.taskClock).toBeGreaterThan(0n);
    expect(slow.log).toContain('phase phase-1 was stopped');
    const loud = await run({
      scripts: ['head -c 900 /dev/zero | tr "\\0" x', 'yes'],
      limits: { logBytes: 1000 },
    });
    expect(loud.exitStatus).toBe(EXIT.logLimit);
    const [zeroth, first] = [0, 1].map((i) => `[runproof: phase phase-${i}]\n`);
    expect(loud.log.startsWith(`${zeroth}${'x'.repeat(900)}\n${first}y\ny\n`)).toBe(true);
  });

  it('R6: gets no more outputs out than its limit', async () => {
    const outcome = await run({
      scripts: ['mkdir o; echo 1 > o/1; head -c 2000000 /dev/zero > o/2'],
      outputs: ['o'],
    });
    expect(outcome.exitStatus).toBe(EXIT.outputLimit);
    expect(await readdir(join(outcome.outputs, 'o'))).toEqual(['1']);
    const unreadable = await run({
      scripts: ['mkdir o; echo 1 > o/1; chmod 0 o/1 o'],
      outputs: ['o'],
    });
    expect(await readFile(join(unreadable.outputs, 'o/1'), 'utf8')).toBe('1\n');
  });

  it('R2: is gone, with its folder, once its caller gives it up', async () => {
    const folder = await temporaryFolder();
    const controller = new AbortController();
    const marker = `86395.${Date.now() % 1e6}`;
    const running = run(
      { scripts: [`trap '' TERM; (setsid sleep ${marker} &); echo up; sleep 60`] },
      { folder, signal: controller.signal, onLog: () => controller.abort() }
    );
    await expect(running).rejects.toMatchObject({ code: 'aborted' });
    expect(processesWith(marker)).toEqual([]);
    expect(readdirSync(folder)).toEqual(['sources']);
  });

  it('R2: what a crash left is swept', async () => {
    const folder = await temporaryFolder();
    for (const path of ['run-1-2-3/work/x', 'sources/fetch-abc/objects', 'keep'])
      await mkdir(join(folder, path), { recursive: true });
    await writeFile(join(folder, 'sources/kept.tar'), '');
    await sweep(folder);
    await sweep(join(folder, 'none'));
    expect(
      execFileSync('find', ['.', '-printf', '%P '], { cwd: folder, encoding: 'utf8' })
        .split(' ')
        .sort()
    ).toEqual(['', '', 'keep', 'sources', 'sources/kept.tar']);
  });
});

describe('K1: a secret', () => {
  const secret = 'correct-horse-battery';
  const forms = [
    secret,
    ...[0, 1, 2].map((n) =>
      Buffer.from('-'.repeat(n) + secret)
        .toString('base64')
        .slice(4, -4)
    ),
    Buffer.from(secret).toString('hex'),
  ];
  const typed = 'typed into a hidden field';
  let outcome: Awaited<ReturnType<typeof runJob>>;
  const seen: string[] = [];

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'runproof-test-'));
    outcome = await runJob(
      {
        ...{ id: 'ab'.repeat(32), driver: 'local' },
        source: createRepository(join(folder, 'r'), { a: 'a' }),
        job: {
          phases: [
            {
              name: 'leak',
              script: `s=$(cat $RUNPROOF_SECRETS/token); cat $RUNPROOF_PARAMETERS; echo "plain $s"; echo -n $s | base64; echo -n x$s | base64
                echo -n xy$s | base64; echo -n $s | od -An -tx1 | tr -d ' \\n'; echo; echo watch; sleep 0.3
                cp /bin/bash $s; ./$s -c '${COUNT_UP}'; rm $s`,
            },
          ],
          outputs: [],
        },
        limits: LIMITS,
        parameters: { note: typed },
        secrets: { token: secret, short: 'abc' },
        hidden: [Buffer.from(typed)],
      },
      {
        folder,
        allowFiles: true,
        // Later the job itself puts it in an argument.
        onLog: () => seen.length === 0 && seen.push(hostView()),
      }
    );
    await removeTree(folder);
  });

  it('K1: stands in the log only as a mask, in every encoding', () => {
    expect(outcome.exitStatus).toBe(0);
    expect(outcome.log.match(/\[secret\]/g)!.length).toBeGreaterThanOrEqual(5);
    for (const form of forms) expect(outcome.log).not.toContain(form);
    expect(outcome.log).toContain('{"note":"[secret]"}');
  });

  it('K1: is masked in the profile, where a job put it in the name of a process', () => {
    const text = JSON.stringify(outcome.profile);
    expect(text).toContain('[secret]');
    expect(text).not.toContain(secret.slice(0, 15)); // what the kernel keeps of a name
  });

  it('K1: is in no argument and no environment of the processes that we started', () => {
    expect(seen.length).toBeGreaterThan(0);
    for (const view of seen) for (const form of forms) expect(view).not.toContain(form);
  });

  /** Arguments and environment of every process on this machine. */
  const hostView = (): string =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => ['cmdline', 'environ'].map((file) => `/proc/${pid}/${file}`))
      .map((path) => {
        try {
          return readFileSync(path, 'latin1');
        } catch {
          return '';
        }
      })
      .join('\n');
});
