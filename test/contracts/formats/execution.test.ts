import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BOUND } from '../../../contracts/formats/amount.ts';
import { DOMAIN } from '../../../contracts/formats/domain.ts';
import { type Execution, executionChain } from '../../../contracts/formats/execution.ts';
import { halves } from '../../../contracts/formats/field.ts';
import { MAX_PHASES } from '../../../contracts/formats/job.ts';
import { hash } from '../../../contracts/formats/poseidon.ts';
import vector from '../../vectors/body.json' with { type: 'json' };
import { note } from '../../vectors/sample.ts';
import { digest, phases } from './arbitrary.ts';
import { refusal } from './refusal.ts';

const execution: fc.Arbitrary<Execution> = fc.record({
  source: digest,
  input: digest,
  phases,
  output: digest,
});

describe('the execution chain', () => {
  it('is the committed vector', () => {
    expect(executionChain(note.execution).toString()).toBe(vector.body.execution);
  });

  it('starts from source and input, takes one link a phase and ends with the output', () => {
    fc.assert(
      fc.property(execution, ({ source, input, phases: all, output }) => {
        let link = hash([DOMAIN.executionStart, ...halves(source), ...halves(input)]);
        for (const { script, exitStatus, milliseconds, taskClock } of all) {
          const record = BigInt(exitStatus) + milliseconds * 2n ** 16n + taskClock * 2n ** 64n;
          link = hash([DOMAIN.executionPhase, link, ...halves(script), record]);
        }
        const end = hash([DOMAIN.executionEnd, link, ...halves(output)]);
        expect(executionChain({ source, input, phases: all, output })).toBe(end);
      }),
      { numRuns: 30 }
    );
  });

  it('differs where anything but a phase’s name differs', () => {
    const [first, second] = note.execution.phases as [
      (typeof note.execution.phases)[0],
      (typeof note.execution.phases)[0],
    ];
    const chains = [
      note.execution,
      { ...note.execution, source: note.execution.output },
      { ...note.execution, input: note.execution.output },
      { ...note.execution, output: note.execution.source },
      { ...note.execution, phases: [first] },
      { ...note.execution, phases: [second, first] },
      { ...note.execution, phases: [first, { ...second, exitStatus: 3 }] },
      { ...note.execution, phases: [first, { ...second, milliseconds: 1n }] },
      { ...note.execution, phases: [first, { ...second, taskClock: 1n }] },
      { ...note.execution, phases: [first, { ...second, script: first.script }] },
      { ...note.execution, phases: [] },
    ].map(executionChain);
    expect(new Set(chains).size).toBe(chains.length);
  });

  it('refuses one phase too many and numbers one above their bounds', () => {
    const [phase] = note.execution.phases as [(typeof note.execution.phases)[0]];
    const code = (...all: (typeof phase)[]) =>
      refusal(() => executionChain({ ...note.execution, phases: all }));
    expect(code(...Array.from({ length: MAX_PHASES }, () => phase))).toBeUndefined();
    expect(code(...Array.from({ length: MAX_PHASES + 1 }, () => phase))).toBe('RANGE');
    expect(code({ ...phase, exitStatus: 65_535 })).toBeUndefined();
    expect(code({ ...phase, exitStatus: 65_536 })).toBe('RANGE');
    expect(code({ ...phase, milliseconds: 2n ** 48n - 1n })).toBeUndefined();
    expect(code({ ...phase, milliseconds: 2n ** 48n })).toBe('RANGE');
    expect(code({ ...phase, taskClock: 2n ** BigInt(BOUND.taskClock) - 1n })).toBeUndefined();
    expect(code({ ...phase, taskClock: 2n ** BigInt(BOUND.taskClock) })).toBe('RANGE');
  });
});
