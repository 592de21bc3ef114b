import { describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../contracts/chain/sign.ts';
import { FormatError } from '../../contracts/formats/error.ts';
import { EXIT } from '../../contracts/formats/job.ts';
import { deviation, median } from '../../requester/budget.ts';
import { candidates, judge, parsePolicy } from '../../requester/policy.ts';
import { type RunChoice, ORIGIN, runEntries } from '../fixtures/signed-runs.ts';

const runner = generateKeyPair();
const other = generateKeyPair();
const policyOf = (rest: object = {}) =>
  parsePolicy({ version: 1, runners: [{ key: runner.publicKey }], ...rest });

/** Ids of the rules that the last of these runs breaks. */
function broken(rest: object, ...choices: readonly RunChoice[]): readonly string[] {
  const log = runEntries(runner, choices);
  return judge(policyOf(rest), log.at(-1)!, log, null)
    .filter(({ ok }) => !ok)
    .map(({ id }) => id);
}
const from = (origin: Partial<typeof ORIGIN>): RunChoice => ({ origin });

describe('a policy', () => {
  it('lets an honest run of an allowed runner pass', () => {
    const all = {
      sources: ['git.example/library/*'],
      refs: ['refs/heads/main', 'refs/tags/v*'],
      events: ['push'],
      workflows: [{ path: '.github/workflows/*.yml', sha256: 'ab'.repeat(32) }],
      budgets: [{ counter: 'task-clock', most: '62000000001' }],
    };
    expect(broken(all, {})).toEqual([]);
  });

  it('names each rule that a run breaks', () => {
    expect(broken({ sources: ['git.example/library/other'] }, {})).toEqual(['source']);
    expect(broken({ refs: ['refs/heads/main'] }, from({ ref: 'refs/heads/feature' }))).toEqual([
      'ref',
    ]);
    expect(broken({ events: ['push'] }, from({ event: 'pull_request' }))).toEqual(['event']);
    expect(broken({ workflows: [{ path: 'other.yml' }] }, {})).toEqual(['workflow']);
    const pinned = { workflows: [{ path: ORIGIN.workflow.path, sha256: 'cd'.repeat(32) }] };
    expect(broken(pinned, {})).toEqual(['workflow']);
    const unread = { workflow: { path: ORIGIN.workflow.path, sha256: null } };
    expect(broken({ workflows: [{ path: '**', sha256: 'ab'.repeat(32) }] }, from(unread))).toEqual([
      'workflow',
    ]);
    expect(broken({}, { exitStatus: 1 })).toEqual(['exit']);
    expect(broken({}, { exitStatus: EXIT.unknown })).toEqual(['exit']);
    expect(broken({ exit: [0, EXIT.unknown] }, { exitStatus: EXIT.unknown })).toEqual([]);
    expect(broken({ budgets: [{ counter: 'task-clock', most: '62000000000' }] }, {})).toEqual([
      'budget',
    ]);
    expect(broken({ budgets: [{ counter: 'instructions', most: '1' }] }, {})).toEqual(['budget']);
  });

  it('R7: refuses what came from a fork, or may have, unless forks are allowed', () => {
    expect(broken({}, from({ fork: true }))).toEqual(['fork']);
    expect(broken({}, from({ fork: null }))).toEqual(['fork']);
    expect(broken({ forks: true }, from({ fork: true }))).toEqual([]);
  });

  it('O7: trusts no other key, and a revoked one only up to the commit that is named', () => {
    const log = runEntries(runner, [{}, {}, {}]);
    const ruling = (key: string, last: string | undefined, at: number) =>
      judge(
        parsePolicy({ version: 1, runners: [{ key, ...(last && { last }) }] }),
        log[at]!,
        log,
        null
      )[0];
    expect(ruling(other.publicKey, undefined, 0)).toMatchObject({ id: 'runner', ok: false });
    const { id } = log[1]!;
    expect([0, 1, 2].map((at) => ruling(runner.publicKey, id, at)!.ok)).toEqual([
      true,
      true,
      false,
    ]);
    // G4: the commit is not in this log any more.
    expect(ruling(runner.publicKey, 'f'.repeat(40), 0)!.detail).toMatch(/rewritten/);
  });

  it('G4: asks that the commit still lies on a branch of the clone, where it is told to', () => {
    const log = runEntries(runner, [{}]);
    const reach = (branches: readonly string[] | null | undefined) =>
      judge(policyOf({ reachable: true }), log[0]!, log, branches).find(
        ({ id }) => id === 'reachable'
      )!;
    expect(reach(['refs/heads/main']).ok).toBe(true);
    expect(reach([])).toMatchObject({ ok: false });
    expect(reach([]).detail).toMatch(/pushed away/);
    expect(reach(undefined).ok).toBe(false);
    expect(reach(null).detail).toMatch(/--source/);
  });

  it('matches a star with no slash, and reads nothing else as a pattern', () => {
    const sources = (pattern: string): readonly string[] => broken({ sources: [pattern] }, {});
    expect(sources('git.example/*')).toEqual(['source']);
    expect(sources('git.example/**')).toEqual([]);
    expect(sources('git.example/*/*')).toEqual([]);
    expect(sources('gitXexample/library/library')).toEqual(['source']);
    expect(sources('(git|x).example/library/library')).toEqual(['source']);
    expect(sources('git.example/library/librar[y]')).toEqual(['source']);
  });

  it('is refused with a member that is unknown, missing or beyond its bounds', () => {
    const runners = [{ key: runner.publicKey }];
    const bad: readonly object[] = [
      {},
      { version: 2, runners },
      { version: 1, runners: [] },
      { version: 1, runners: [{ key: 'B62q' }] },
      { version: 1, runners: [{ key: runner.publicKey, last: 'HEAD' }] },
      { version: 1, runners, branches: ['main'] },
      { version: 1, runners, sources: [] },
      { version: 1, runners, forks: 'no' },
      { version: 1, runners, exit: [70_000] },
      { version: 1, runners, budgets: [{ counter: 'task-clock', most: 60 }] },
      { version: 1, runners, regression: { counters: ['task-clock'], runs: 2 } },
    ];
    for (const policy of bad) expect(() => parsePolicy(policy)).toThrow(FormatError);
  });
});

describe('of a commit’s runs', () => {
  it('those count that the policy is about, the newest of each job', () => {
    const log = runEntries(runner, [
      { exitStatus: 1 },
      { origin: { attempt: 2 } },
      from({ job: { id: null, name: 'lint' } }),
      from({ event: 'schedule' }),
      from({ fork: true }),
    ]);
    const about = candidates(policyOf({ events: ['push'] }), log, ORIGIN.commit);
    expect(about.map(({ note }) => note.receipt.sequence)).toEqual([2, 3]);
    const named = candidates(policyOf({ events: ['push'] }), log, log[4]!.id);
    expect(named.map(({ id }) => id)).toContain(log[4]!.id);
  });
});

describe('a regression', () => {
  const regression = { counters: ['task-clock'], runs: 8 };
  const noisy = [100, 103, 98, 101, 99, 102, 100, 97, 104, 100].map((n) => ({
    taskClock: BigInt(n) * 1_000_000n,
  }));
  const judged = (...choices: readonly RunChoice[]) => broken({ regression }, ...choices);

  it('is beyond the noise of earlier runs, and nothing within it is', () => {
    expect(judged(...noisy, { taskClock: 104_000_000n })).toEqual([]);
    expect(judged(...noisy, { taskClock: 107_500_000n })).toEqual([]);
    expect(judged(...noisy, { taskClock: 107_500_001n })).toEqual(['regression']);
    expect(judged(...noisy, { taskClock: 50_000_000n })).toEqual([]);
    expect(judged(...noisy, { taskClock: undefined })).toEqual(['regression']);
  });

  it('is not found in too few runs, and two outliers in ten hide none', () => {
    expect(judged(...noisy.slice(0, 7), { taskClock: 999_000_000n })).toEqual([]);
    expect(judged(...noisy.slice(0, 8), { taskClock: 999_000_000n })).toEqual(['regression']);
    const outliers = [...noisy, { taskClock: 900_000_000n }, { taskClock: 950_000_000n }];
    expect(judged(...outliers, { taskClock: 115_000_000n })).toEqual(['regression']);
  });

  it('is measured by the same job alone: no fork, failure or other workflow makes room', () => {
    const slow = { taskClock: 900_000_000n };
    const elsewhere: readonly RunChoice[] = [
      ...Array.from({ length: 10 }, () => ({ ...slow, origin: { fork: true } })),
      ...Array.from({ length: 10 }, () => ({ ...slow, exitStatus: 1 })),
      ...Array.from({ length: 10 }, () => ({
        ...slow,
        origin: { workflow: { path: 'other.yml', sha256: null } },
      })),
      ...Array.from({ length: 10 }, () => ({ ...slow, origin: { repository: 'a/b' } })),
    ];
    expect(judged(...elsewhere, ...noisy, slow)).toEqual(['regression']);
  });

  it('of a counter that never varies is more than the slack', () => {
    const flat = Array.from({ length: 10 }, () => ({ taskClock: 100_000_000n }));
    expect(judged(...flat, { taskClock: 102_000_000n })).toEqual([]);
    expect(judged(...flat, { taskClock: 102_000_001n })).toEqual(['regression']);
  });

  it('rests on the median and the median deviation from it', () => {
    expect(median([3n, 1n, 2n])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(deviation([1, 1, 2, 2, 4, 6, 9])).toBe(1);
  });
});
