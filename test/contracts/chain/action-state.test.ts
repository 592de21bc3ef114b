import { AccountUpdate, Field, Reducer } from 'o1js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EMPTY_ACTION_STATE,
  hashActions,
  nextActionState,
} from '../../../contracts/chain/action-state.ts';
import { MODULUS } from '../../../contracts/formats/field.ts';

const { Actions } = AccountUpdate;

describe('an action state', () => {
  it('begins where o1js says', () => {
    expect(EMPTY_ACTION_STATE).toBe(Reducer.initialActionState.toBigInt());
    expect(hashActions([])).toBe(Actions.empty().hash.toBigInt());
  });

  it('goes on as in o1js, for lists of any lengths, empty actions included', () => {
    const element = fc.bigInt({ min: 0n, max: MODULUS - 1n });
    const list = fc.array(fc.array(element, { maxLength: 6 }), { maxLength: 4 });
    const property = fc.property(element, list, (state, actions) => {
      const { hash } = Actions.fromList(actions.map((action) => action.map(Field)));
      expect(hashActions(actions)).toBe(hash.toBigInt());
      expect(nextActionState(state, actions)).toBe(
        Actions.updateSequenceState(Field(state), hash).toBigInt()
      );
    });
    fc.assert(property, { numRuns: 40 });
  });
});
