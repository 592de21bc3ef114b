import { expect, it } from 'vitest';
import { pinned } from '../../../contracts/chain/pinned.ts';
import { assertPinned } from '../../../web/prover/circuit-key.ts';

it('W2: a circuit that compiles to another key than this release’s is refused', () => {
  for (const circuit of ['JobLog', 'Tab', 'Service'] as const) {
    const { hash } = pinned[circuit];
    expect(() => assertPinned(circuit, String(hash))).not.toThrow();
    expect(() => assertPinned(circuit, String(hash + 1n))).toThrow(
      expect.objectContaining({ code: 'CIRCUIT' })
    );
  }
  expect(() => assertPinned('Tab', String(pinned.Service.hash))).toThrow(
    expect.objectContaining({ code: 'CIRCUIT' })
  );
});
