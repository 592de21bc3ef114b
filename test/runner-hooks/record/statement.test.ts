import { type Schema, Validator } from '@cfworker/json-schema';
import { describe, expect, it } from 'vitest';
import { jobStatement } from '../../../runner-hooks/daemon/statement.ts';
import type { Descriptor } from '../../../contracts/formats/descriptor.ts';
import { needlesOf } from '../../../runner-hooks/record/mask.ts';
import { runStatement } from '../../../runner-hooks/record/statement.ts';
import schema from '../../vectors/provenance.schema.json' with { type: 'json' };
import { counters, descriptor, digest, request, runNote } from '../../vectors/sample.ts';
import { ORIGIN } from './agent.ts';

const validator = new Validator(schema as Schema, '2020-12', false);
const complaints = (statement: unknown): string[] =>
  validator
    .validate(JSON.parse(JSON.stringify(statement)))
    .errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`);

const WORKFLOW = { workflow: '.github/workflows/build.yml', ref: 'refs/heads/main', outputs: [] };
const FILES = [
  { name: 'outputs/a.txt', sha256: 'ab'.repeat(32) },
  { name: 'perf/counters.json', sha256: 'cd'.repeat(32) },
];
const phases = runNote.execution.phases.map((phase) => ({ ...phase, counters, meter: 'meters/0' }));
const run = {
  origin: ORIGIN,
  phases,
  counters,
  end: { exitStatus: 2, masks: [] },
  needles: needlesOf([], []),
  startedAt: 1_790_000_000_000,
  finishedAt: 1_790_000_061_000,
};
const statementOf = (changes: Partial<typeof run> = {}, files = FILES): object =>
  runStatement({ ...run, ...changes }, files, ['big.bin']);

describe('the statement of a run', () => {
  it('is an in-toto statement with SLSA provenance, with outputs and without', () => {
    expect(complaints(statementOf())).toEqual([]);
    expect(complaints(statementOf({}, FILES.slice(1)))).toEqual([]);
    const unread = { ...ORIGIN, workflow: { path: 'a.yml', sha256: null }, fork: null };
    expect(complaints(statementOf({ origin: unread }))).toEqual([]);
  });

  it('says where the source came from and what was run', () => {
    expect(statementOf()).toMatchObject({
      subject: [{ name: 'outputs/a.txt' }],
      predicate: {
        buildDefinition: {
          externalParameters: { ref: 'refs/heads/main', workflow: '.github/workflows/test.yml' },
          resolvedDependencies: [
            {
              uri: 'git+https://git.example/library/library@refs/heads/main',
              digest: { gitCommit: ORIGIN.commit },
            },
            { digest: { sha256: ORIGIN.workflow.sha256 } },
          ],
        },
        runDetails: { metadata: { finishedOn: '2026-09-21T14:14:21.000Z' } },
      },
    });
  });

  it('of a job that was bought is one as well', () => {
    const outcome = {
      exitStatus: 0,
      sourceDigest: digest('source'),
      phases: phases.map((phase) => ({ ...phase, peakMemoryBytes: 1 })),
      counters,
      peakMemoryBytes: 1,
    };
    const job = {
      ...{ descriptor, request, digest: 'ab'.repeat(32), runner: runNote.runner },
      ...{ startedAt: 1_790_000_000_000, finishedAt: 1_790_000_061_000 },
      outcome: outcome as never,
    };
    expect(complaints(jobStatement(job, FILES))).toEqual([]);
    expect(complaints(jobStatement(job, FILES.slice(1)))).toEqual([]);
    const onForge = {
      ...job,
      descriptor: { ...descriptor, driver: 'github', job: WORKFLOW } as Descriptor,
      outcome: {
        ...outcome,
        ...{ peakMemoryBytes: undefined, sourceDigest: new Uint8Array(32) },
      } as never,
    };
    const statement = JSON.stringify(jobStatement(onForge, FILES));
    expect(complaints(JSON.parse(statement))).toEqual([]);
    expect(statement).not.toContain('"sha256":"0000');
    expect(statement).toContain('urn:runproof:github');
  });

  it('would not pass with a field that nobody published, a wrong digest or another type', () => {
    const statement = statementOf() as { predicate: { runDetails: object }; subject: object[] };
    expect(complaints({ ...statement, _type: 'https://in-toto.io/Statement/v0.1' })).not.toEqual(
      []
    );
    expect(complaints({ ...statement, subject: [] })).not.toEqual([]);
    expect(
      complaints({ ...statement, subject: [{ name: 'a', digest: { sha256: 'AB' } }] })
    ).not.toEqual([]);
    const { predicate } = statement;
    expect(complaints({ ...statement, predicate: { ...predicate, extra: 1 } })).not.toEqual([]);
    expect(complaints({ ...statement, predicate: { ...predicate, runDetails: {} } })).not.toEqual(
      []
    );
  });
});
