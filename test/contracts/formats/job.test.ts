import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EXIT,
  JobSchema,
  LimitsSchema,
  MAX_PHASES,
  WorkflowSchema,
} from '../../../contracts/formats/job.ts';
import { describeExit, isRelativePath } from '../../../contracts/formats/job.ts';
import { check } from '../../../contracts/formats/json.ts';
import { descriptor } from '../../vectors/sample.ts';
import { refusal } from './refusal.ts';

describe('a declared output', () => {
  it.each([
    'a',
    'a/b',
    'coverage/report.json',
    '.cache',
    '...',
    '-',
    'a'.repeat(128),
    '@x/y+z_0.1',
  ])('may be %j', (path) => {
    expect(isRelativePath(path)).toBe(true);
  });

  it.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    '../a',
    'a/..',
    'a/../b',
    './a',
    'a\0b',
    'a\nb',
    'a\n',
    'a\\b',
    'a b',
    'C:a',
    '~',
    'é',
    'a'.repeat(129),
    `${'a/'.repeat(127)}aa`,
  ])('I3: may not be %j', (path) => {
    expect(isRelativePath(path)).toBe(false);
  });

  it('I3: never leaves its folder', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[./\\a\0]{0,12}$/), (path) => {
        if (isRelativePath(path)) expect(new URL(path, 'http://x/f/').pathname).toBe(`/f/${path}`);
      }),
      { numRuns: 1000 }
    );
  });
});

describe('a job definition', () => {
  const phase = { name: 'test', script: 'make test' };
  const code = (job: unknown) => refusal(() => check(JobSchema, job, 'job'));

  it('has one to four phases, and at most 64 outputs', () => {
    const phases = (count: number) => ({
      phases: Array.from({ length: count }, () => phase),
      outputs: [],
    });
    expect(code(phases(0))).toBe('SHAPE');
    expect(code(phases(1))).toBeUndefined();
    expect(code(phases(MAX_PHASES))).toBeUndefined();
    expect(code(phases(MAX_PHASES + 1))).toBe('SHAPE');
    const outputs = (count: number) => ({
      phases: [phase],
      outputs: Array.from({ length: count }, (_, i) => `o${i}`),
    });
    expect(code(outputs(64))).toBeUndefined();
    expect(code(outputs(65))).toBe('SHAPE');
    expect(code({ phases: [phase], outputs: ['../a'] })).toBe('SHAPE');
  });

  it('has short names and bounded scripts', () => {
    const one = (change: object) => code({ phases: [{ ...phase, ...change }], outputs: [] });
    expect(one({ name: 'a'.repeat(31) })).toBeUndefined();
    for (const name of ['', 'A', '1a', '-a', 'a'.repeat(32), 'a b', 'a\n'])
      expect(one({ name })).toBe('SHAPE');
    expect(one({ script: 'a'.repeat(16_384) })).toBeUndefined();
    expect(one({ script: 'a'.repeat(16_385) })).toBe('SHAPE');
    expect(one({ script: '' })).toBe('SHAPE');
    expect(one({ extra: 1 })).toBe('SHAPE');
  });
});

describe('a workflow', () => {
  const workflow = {
    workflow: '.github/workflows/ci.yml',
    ref: 'refs/heads/a/b',
    outputs: ['dist'],
  };
  const code = (change: object) =>
    refusal(() => check(WorkflowSchema, { ...workflow, ...change }, 'job'));

  it('is a file of the source, asked for on a branch or tag by its full name', () => {
    expect(code({})).toBeUndefined();
    expect(code({ ref: 'refs/tags/v1.0' })).toBeUndefined();
    for (const ref of [
      'main',
      'refs/heads/',
      'refs/pull/7/merge',
      'refs/heads/a b',
      'refs/heads/../x',
    ])
      expect(code({ ref })).toBe('SHAPE');
    for (const path of ['', '/etc/passwd', '../ci.yml', 'a//b'])
      expect(code({ workflow: path })).toBe('SHAPE');
    expect(code({ outputs: ['../dist'] })).toBe('SHAPE');
    expect(code({ extra: 1 })).toBe('SHAPE');
  });
});

describe('limits', () => {
  const code = (change: object) =>
    refusal(() => check(LimitsSchema, { ...descriptor.limits, ...change }, 'limits'));

  it.each([
    ['seconds', 1, 604_800],
    ['memoryBytes', 16 * 2 ** 20, 2 ** 40],
    ['processes', 1, 65_536],
    ['outputBytes', 0, 2 ** 40],
    ['logBytes', 0, 2 ** 30],
  ])('of %s lie between %i and %i', (name, min, max) => {
    expect(code({ [name]: min })).toBeUndefined();
    expect(code({ [name]: max })).toBeUndefined();
    for (const value of [min - 1, max + 1, min + 0.5, `${min}`, null])
      expect(code({ [name]: value })).toBe('SHAPE');
  });

  it('say whether there is a network', () => {
    expect(code({ network: true })).toBeUndefined();
    expect(code({ network: 'no' })).toBe('SHAPE');
  });
});

describe('an exit status', () => {
  it('is told in words', () => {
    expect([0, 255, 256 + 9, ...Object.values(EXIT).slice(1)].map(describeExit)).toEqual([
      'exit 0',
      'exit 255',
      'signal 9',
      'time limit',
      'memory limit',
      'output limit',
      'log limit',
      'process limit',
      'refused',
      'unknown',
    ]);
  });

  it('has one meaning a number, above all signals', () => {
    const { signalled, ...rest } = EXIT;
    expect(new Set(Object.values(EXIT)).size).toBe(Object.keys(EXIT).length);
    for (const status of Object.values(rest)) expect(status).toBeGreaterThan(signalled + 127);
  });
});
