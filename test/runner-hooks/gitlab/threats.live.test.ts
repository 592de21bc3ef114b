import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, type Socket, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EXIT } from '../../../contracts/formats/job.ts';
import { originOf } from '../../../runner-hooks/gitlab/origin.ts';
import { parseJobResponse } from '../../../runner-hooks/gitlab/job-response.ts';
import { takeRun } from '../../../runner-hooks/record/take.ts';
import { type NewTicket, leaveTicket } from '../../../runner-hooks/record/ticket.ts';
import { type Job, type Variable, jobResponse, playJob } from './gitlab-runner.ts';
import { CI_FILE, type Installed, installExecutor, recordedRuns } from './installed.ts';

/** A server on loopback, as the machine's own services and a cloud's metadata are to a job. */
async function startNeighbour(): Promise<{ port: number; asked: () => number }> {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    response.end('a-key-of-the-machine');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, asked: () => asked };
}

const withNetwork = (script: 'none' | 'forge' | 'public') => ({
  network: { script, transfer: 'forge' as const, hosts: [] },
});
/** Each line is tried, whatever becomes of the others. */
const attempts = (lines: readonly string[]): string[] =>
  lines.map((line) => `(${line}) 2>&1 || true`);

describe('a job on a GitLab runner', () => {
  it('R1: sees no key, no other job, no host file and none of the runner’s environment', async () => {
    const installed = await installExecutor();
    const { folder, runner, settings, source } = installed;
    await mkdir(join(settings.folder, 'job-of-another'), { recursive: true });
    const secret = 'the-secret-of-the-host';
    for (const path of ['job-of-another/secret', '../key.json', '../spool-key'])
      await writeFile(join(settings.folder, path), secret);
    const script = attempts([
      `cat ${settings.folder}/job-of-another/secret ${folder}/key.json`,
      `find / -xdev -name key.json -o -name response.json -o -name executor.json | xargs -r cat`,
      `cat /proc/*/environ /proc/*/cmdline | tr '\\0' '\\n'`,
      'ls /home /root /var /etc/shadow /etc/gitlab-runner',
      'echo "$HOST_KEY"; env',
      `printf x > ${settings.spool}/x`,
    ]);
    const environment = { HOST_KEY: secret };
    const played = await playJob({ ...runner, environment }, jobResponse(source, script));
    expect(played.verdict).toEqual({ kind: 'success' });
    expect(played.log).not.toContain(secret);
    expect(played.log).not.toContain('JOB_RESPONSE_FILE');
    expect(await readdir(settings.spool)).not.toContain('x');
  });

  it.each(['none', 'forge', 'public'] as const)(
    'R1: does not reach the machine’s services or metadata addresses, network %s',
    async (network) => {
      const { runner, source } = await installExecutor(withNetwork(network));
      const { port, asked } = await startNeighbour();
      const to = [
        `127.0.0.1:${port}`,
        `localhost:${port}`,
        `[::ffff:127.0.0.1]:${port}`,
        '169.254.169.254',
      ];
      const script = attempts([
        ...to.map((host) => `curl -sS --max-time 5 --noproxy '' http://${host}/latest/`),
        ...to.map((host) => `curl -sS --max-time 5 --noproxy '' --proxytunnel http://${host}/`),
        `curl -sS --max-time 5 --noproxy '*' http://127.0.0.1:${port}/`,
        `exec 3<>/dev/tcp/127.0.0.1/${port}; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3`,
      ]);
      const played = await playJob(runner, jobResponse(source, script));
      expect(played.verdict).toEqual({ kind: 'success' });
      expect(played.log).not.toContain('a-key-of-the-machine');
      expect(asked()).toBe(0);
    }
  );

  it('R1: reaches GitLab, and what the owner names beside it', async () => {
    const { port, asked } = await startNeighbour();
    const { runner, source, settings } = await installExecutor({
      network: { script: 'forge', transfer: 'forge', hosts: [`127.0.0.1:${port}`] },
    });
    const script = [
      `curl -sSf ${settings.url}/library.git/info/refs?service=git-upload-pack | head -c 20`,
      `curl -sSf http://127.0.0.1:${port}/`,
      `curl -sSf --proxytunnel http://127.0.0.1:${port}/`,
    ];
    const played = await playJob(runner, jobResponse(source, script));
    expect(played.log).toContain('git-upload-pack');
    expect(played.verdict).toEqual({ kind: 'success' });
    expect(asked()).toBe(2);
  });

  it('R6: has a number of connections at once', async () => {
    const { runner, source } = await installExecutor(withNetwork('forge'));
    const open = (count: number): string =>
      `for ((i = 0; i < ${count}; i++)); do exec {fd}<>/dev/tcp/127.0.0.1/3128; last=$fd; done`;
    const answer = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&$last && timeout 5 head -c 12 <&$last || true`;
    const few = await playJob(runner, jobResponse(source, [open(500), answer]));
    expect(few.log).toContain('HTTP/1.1 403');
    const many = await playJob(runner, jobResponse(source, [open(520), answer, 'echo after']));
    expect(many.log).not.toContain('HTTP/1.1');
    expect(many.log).toContain('after\n');
  });

  it('ends with its script, whatever hangs on at the other end of a connection', async () => {
    const sockets: Socket[] = [];
    const deaf = createTcpServer({ allowHalfOpen: true }, (socket) => sockets.push(socket));
    deaf.listen(0, '127.0.0.1');
    await new Promise((resolve) => deaf.once('listening', resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      deaf.close();
    });
    const { port } = deaf.address() as AddressInfo;
    const { runner, source } = await installExecutor({
      network: { script: 'forge', transfer: 'forge', hosts: [`127.0.0.1:${port}`] },
    });
    const script = [
      'exec 3<>/dev/tcp/127.0.0.1/3128',
      `printf 'CONNECT 127.0.0.1:${port} HTTP/1.1\\r\\n\\r\\n' >&3`,
      'read -r line <&3; echo "$line"',
    ];
    const played = await playJob(runner, jobResponse(source, script));
    expect(played.log).toContain('HTTP/1.1 200 OK');
    expect(played.verdict).toEqual({ kind: 'success' });
  });

  it('R2: finds nothing of the job before it, whatever that one has left', async () => {
    const { runner, source, jobs } = await installExecutor();
    const first = [
      'mkdir -p /tmp/left /cache/left ~/.config; echo x | tee /tmp/left/x /cache/left/x ~/.bashrc > /dev/null',
      'git config --global core.hooksPath /tmp/left; mkdir -p .git/hooks; echo y > .git/hooks/post-checkout',
      'mkdir -p deep/deep; chmod 000 deep; chmod 555 /tmp/left',
      '(setsid sleep 300 > /dev/null 2>&1 &)',
    ];
    expect((await playJob(runner, jobResponse(source, first))).verdict.kind).toBe('success');
    expect(await jobs()).toEqual([]);
    const second = await playJob(
      runner,
      jobResponse(source, ['find /tmp /cache ~ -mindepth 1; ls -A; ps -e | grep -c sleep || true'])
    );
    const said = second.calls.find(({ stage }) => stage === 'build_script')!.stdout;
    expect(said.split('\n').slice(1)).toEqual(['.git', '.gitlab-ci.yml', 'main.txt', '0', '']);
  });

  it.each([
    ['time', { seconds: 2 }, 'sleep 60', EXIT.timeLimit],
    ['output', { logBytes: 100_000 }, 'yes', EXIT.logLimit],
    ['processes', { processes: 64 }, ':(){ :|:& };: ; sleep 30', EXIT.processLimit],
    ['memory', { memoryBytes: 2 ** 27 }, 'head -c 1G /dev/zero | tail', EXIT.memoryLimit],
  ])('R6: is killed at the limit of %s, and the runner goes on', async (_, limit, line, exit) => {
    const limits = {
      seconds: 60,
      memoryBytes: 2 ** 30,
      processes: 256,
      diskBytes: 2 ** 28,
      logBytes: 2 ** 20,
    };
    const { runner, source, settings, jobs } = await installExecutor({
      limits: { ...limits, ...limit },
    });
    const job = jobResponse(source, [line]);
    if (exit === EXIT.timeLimit) job.runner_info.timeout = 2;
    const played = await playJob(runner, job);
    expect(played.verdict).toEqual({ kind: 'build failure', code: 137 });
    expect(played.log).toContain('Runproof: the job was stopped');
    const [run] = await recordedRuns(settings.spool);
    expect(run!.outcome.exitStatus).toBe(exit);
    expect(await jobs()).toEqual([]);
  });

  const fork = (source: string): Variable[] => [
    { key: 'CI_MERGE_REQUEST_SOURCE_PROJECT_ID', value: source, public: true },
  ];
  const mergeRequest = (job: Job): Job => ({
    ...job,
    git_info: { ...job.git_info, ref: 'refs/merge-requests/1/head' },
  });

  it.each([
    ['comes from a fork', fork('43')],
    // Its author says otherwise, which comes after what GitLab says.
    ['comes from a fork and says it does not', [...fork('43'), ...fork('42')]],
    ['does not say where it comes from', []],
  ])(
    'R7: of a merge request that %s is refused before anything of it runs',
    async (_, variables) => {
      const { runner, source, settings, jobs } = await installExecutor();
      const job = mergeRequest(jobResponse(source, ['echo ran'], variables));
      const played = await playJob(runner, job);
      expect(played.verdict).toEqual({ kind: 'build failure', code: 1 });
      expect(played.calls.map(({ stage }) => stage)).toEqual(['config', 'cleanup']);
      expect(played.log).toContain('no merge request from a fork');
      expect(await jobs()).toEqual([]);
      expect(await readdir(settings.spool).catch(() => [])).toEqual([]);
    }
  );

  it('R7: of a merge request from the project itself runs, and one from a fork where the owner wants it', async () => {
    const own = await installExecutor();
    const job = mergeRequest(jobResponse(own.source, ['echo ran'], fork('42')));
    expect((await playJob(own.runner, job)).verdict).toEqual({ kind: 'success' });
    const open = await installExecutor({ forks: true });
    const other = mergeRequest(jobResponse(open.source, ['echo ran'], fork('43')));
    expect((await playJob(open.runner, other)).verdict).toEqual({ kind: 'success' });
    const origins = await Promise.all(
      [own, open].map(async ({ settings }) => (await recordedRuns(settings.spool))[0]!.origin)
    );
    expect(origins.map(({ fork: from, ref }) => [from, ref])).toEqual([
      [false, 'refs/merge-requests/1/head'],
      [true, 'refs/merge-requests/1/head'],
    ]);
  });

  it('K1: leaves nothing masked in what would be published, and the job’s own token neither', async () => {
    const { runner, source, settings } = await installExecutor({ publishLog: true });
    const secret = 'pLaNtEd-SeCrEt-0123456789';
    const variables = [
      { key: 'PLANTED', value: secret, masked: true },
      { key: 'OTHER', value: 'not-a-secret-at-all', masked: false },
    ];
    const script = [
      'echo "plain $PLANTED $CI_JOB_TOKEN $OTHER"',
      'printf %s "$PLANTED" | base64; printf %s "$PLANTED" | od -An -tx1 | tr -d " \\n"',
      'cp /bin/bash "/tmp/$PLANTED"; "/tmp/$PLANTED" -c "for ((i = 0; i < 300000; i++)); do :; done"',
    ];
    const job = jobResponse(source, script, variables);
    job.git_info.ref = `feature/${secret}`;
    expect((await playJob(runner, job)).verdict.kind).toBe('success');
    const [run] = await recordedRuns(settings.spool);
    const files = await readdir(run!.result, { recursive: true, withFileTypes: true });
    const published = files
      .filter((file) => file.isFile())
      .map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'))
      .concat(JSON.stringify(run!.origin))
      .join('\n');
    expect(published).toContain('not-a-secret-at-all');
    expect(published).toContain('plain [secret] [secret]');
    for (const hidden of [secret, secret.slice(0, 15), job.token])
      for (const form of [
        hidden,
        Buffer.from(hidden).toString('base64').slice(0, 18),
        Buffer.from(hidden).toString('hex'),
      ])
        expect(published).not.toContain(form);
    expect(published).not.toContain(gzipSync(secret).toString('latin1'));
    expect(run!.origin.ref).toBe('refs/heads/feature/[secret]');
  });

  it('is given variables of any name and value, and none of them reaches the executor', async () => {
    const { runner, source, settings } = await installExecutor({ publishLog: true });
    const hostile: Variable[] = [
      ['JOB_RESPONSE_FILE', '/etc/passwd'],
      ['BUILD_EXIT_CODE_FILE', '/tmp/elsewhere'],
      ['TMPDIR', '/nonexistent'],
      ['NODE_OPTIONS', '--require /nonexistent.js'],
      ['LD_PRELOAD', ''],
      ['__proto__', 'x'],
      ['constructor', 'x'],
      ['CI_PIPELINE_ID', '1'],
      ['CI_PIPELINE_SOURCE', 'api'],
      ['CI_PROJECT_PATH', 'somebody/else'],
      ['CI_COMMIT_SHA', '0'.repeat(40)],
      ['GITLAB_USER_LOGIN', 'root'],
      ['CI_CONFIG_PATH', '../../etc/passwd'],
      ['CI_JOB_NAME', '\u202e\u0000\n'.replace('\u0000', '')],
      ['LINES', 'a\nb\r\nc'],
      ['QUOTES', `'"$(touch /builds/owned)\`id\`\\`],
      ['LONG', 'x'.repeat(100_000)],
    ].map(([key, value]) => ({ key: key!, value: value!, public: true }));
    const job = jobResponse(source, ['exit 5'], hostile);
    job.job_info = { ...job.job_info, name: 'a\u202e\nname' };
    const played = await playJob(runner, job);
    expect(played.verdict).toEqual({ kind: 'build failure', code: 5 });
    const [run] = await recordedRuns(settings.spool);
    expect(run!.origin).toMatchObject({
      ...{ run: '4711', repository: 'library', commit: source.commit },
      // Two say so, and nobody can tell who.
      ...{ event: 'unknown', actor: 'user 7' },
      ...{ workflow: { path: '.gitlab-ci.yml' }, job: { name: 'a\ufffd\ufffdname' } },
    });
  });

  it.each([
    [
      'another file by its name',
      'git replace "$old" "$new"; git config --global alias.cat-file "!echo"',
    ],
    [
      'another content by its hash',
      `loose() { echo .git/objects/$(echo "$1" | cut -c1-2)/$(echo "$1" | cut -c3-); }; git unpack-objects < /dev/null || true; for pack in .git/objects/pack/*.pack; do [ -e "$pack" ] && mv "$pack" /tmp/pack && git unpack-objects -q < /tmp/pack; done; chmod u+w "$(loose "$old")"; cp "$(loose "$new")" "$(loose "$old")"`,
    ],
  ])('may hide the pipeline’s file, but not show %s', async (_, lie) => {
    const { runner, source, settings } = await installExecutor();
    const job = jobResponse(source, ['true']);
    // The job's author's, which run before the script.
    job.hooks.push({
      name: 'post_get_sources_script',
      script: [
        'new=$(echo lie | git hash-object -w --stdin)',
        'old=$(git rev-parse HEAD:.gitlab-ci.yml)',
        lie,
        'git cat-file blob "$old" | head -c 3 || true',
      ],
    });
    const played = await playJob(runner, job);
    expect(played.verdict).toEqual({ kind: 'success' });
    expect(played.calls.find(({ stage }) => stage === 'get_sources')!.stdout).toMatch(/lie$/m);
    const [run] = await recordedRuns(settings.spool);
    const honest = createHash('sha256').update(CI_FILE).digest('hex');
    expect([null, honest]).toContain(run!.origin.workflow.sha256);
  });

  it('runs without a receipt where GitLab’s names can be none', async () => {
    const { runner, source, settings } = await installExecutor();
    const job = jobResponse(source, ['echo ran']);
    job.git_info.ref = 'x'.repeat(300);
    const played = await playJob(runner, job);
    expect(played.verdict).toEqual({ kind: 'success' });
    expect(played.log).toContain('ran\n');
    expect(played.log).toContain('Runproof: this job leaves no receipt');
    expect(await recordedRuns(settings.spool)).toEqual([]);
  });
});

describe('a bought job on a GitLab runner', () => {
  const LIMITS = {
    ...{ seconds: 60, memoryBytes: 2 ** 30, processes: 64 },
    ...{ outputBytes: 2 ** 20, logBytes: 2 ** 16, network: false },
  };
  const ticketFor = (installed: Installed, changed: Partial<NewTicket> = {}): NewTicket => {
    const { settings, source } = installed;
    const origin = originOf(
      parseJobResponse(JSON.stringify(jobResponse(source, []))),
      new URL(settings.url),
      null
    );
    const { forge, host, repository, commit, workflow } = origin;
    return {
      ...{ job: 'bought', forge, host, repository, commit, workflow, limits: LIMITS },
      ...{
        expiresAt: Date.now() + 60_000,
        parameters: { level: 3 },
        secrets: { KEY: 'sealed-secret-1' },
      },
      ...changed,
    };
  };
  const boughtJob = (installed: Installed, ticket: string, script: readonly string[]): Job => {
    const job = jobResponse(installed.source, script, [
      { key: 'RUNPROOF_TICKET', value: ticket, public: true },
    ]);
    for (const variable of job.variables!)
      if (variable.key === 'CI_PIPELINE_SOURCE') variable.value = 'trigger';
    return job;
  };

  it('claims its ticket, sees its input as files in memory, and is left for its driver', async () => {
    const installed = await installExecutor({ marketOnly: true, ...withNetwork('public') });
    const { runner, settings } = installed;
    const ticket = await leaveTicket(settings.spool, ticketFor(installed));
    const script = [
      `curl -sS --max-time 5 ${settings.url}/library.git/ || echo offline`,
      'cat "$RUNPROOF_PARAMETERS" "$RUNPROOF_SECRETS/KEY"',
      'stat -f -c %T "$RUNPROOF_SECRETS/KEY"',
      'env | grep -c sealed-secret || true',
    ];
    const job = boughtJob(installed, ticket.id, script);
    job.steps.push({
      name: 'after_script',
      script: [
        'cat /run/secrets/KEY || echo gone',
        `curl -sS --max-time 5 ${settings.url}/library.git/ || echo still offline`,
      ],
    });
    const played = await playJob(runner, job);
    expect(played.verdict).toEqual({ kind: 'success' });
    expect(played.log).toContain('{"level":3}sealed-secret-1');
    expect(played.log).toContain('tmpfs\n');
    expect(played.log).toContain('gone\n');
    // Bought without one, whatever the runner's other jobs have.
    expect(played.log).toContain('\noffline\n');
    expect(played.log).toContain('\nstill offline\n');
    const taken = await takeRun(settings.spool, ticket.id);
    expect(taken!.outcome.exitStatus).toBe(0);
    const log = await readFile(taken!.log!, 'utf8');
    expect(log).toContain('{"level":3}[secret]');
    expect(log).not.toContain('sealed-secret-1');
    await expect(readdir(ticket.memory)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    ['that nobody left', () => '0'.repeat(32)],
    ['that was used', undefined],
  ])('R7: with a ticket %s is refused before its script', async (_, id) => {
    const installed = await installExecutor({ marketOnly: true });
    const { runner, settings } = installed;
    const ticket = await leaveTicket(settings.spool, ticketFor(installed));
    const job = (): Job => boughtJob(installed, id?.() ?? ticket.id, ['echo ran']);
    if (id === undefined) expect((await playJob(runner, job())).verdict.kind).toBe('success');
    const played = await playJob(runner, job());
    expect(played.verdict).toEqual({ kind: 'build failure', code: 1 });
    expect(played.log).not.toContain('ran\n');
    expect(played.log).toMatch(/Runproof: ticket "[0-9a-f]{32}" (is unknown|was used)/);
  });

  it('R7: is the only kind that a runner for the market takes', async () => {
    const { runner, source, settings } = await installExecutor({ marketOnly: true });
    const played = await playJob(runner, jobResponse(source, ['echo ran']));
    expect(played.verdict).toEqual({ kind: 'build failure', code: 1 });
    expect(played.log).toContain('takes only jobs that were bought');
    expect(await recordedRuns(settings.spool)).toEqual([]);
  });
});
