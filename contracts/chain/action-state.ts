import { OPENING_STATE, type State, absorb } from '../formats/poseidon.ts';

export { EMPTY_ACTION_STATE, nextActionState, hashActions };

/** A field element of ASCII, first character least significant: how the protocol writes prefixes. */
const prefix = (text: string): State =>
  absorb(OPENING_STATE, [
    Array.from(text).reduceRight((sum, char) => (sum << 8n) | BigInt(char.charCodeAt(0)), 0n),
  ]);

/** Prefixes of MinaProtocol/mina, `src/lib/hash_prefixes/hash_prefixes.ml`, already absorbed. */
const SALT = { action: prefix('MinaZkappEvent******'), list: prefix('MinaZkappSeqEvents**') };
const [EMPTY_LIST] = prefix('MinaZkappActionsEmpty');

/** Action state of an account that was never rung. */
const [EMPTY_ACTION_STATE] = prefix('MinaZkappActionStateEmptyElt');

/** Hash of one account update's actions: a list, hashed from its end. Equal to o1js's `Actions.hash`. */
function hashActions(actions: readonly (readonly bigint[])[]): bigint {
  return actions.reduceRight(
    (list, action) => absorb(SALT.list, [list, absorb(SALT.action, action)[0]])[0],
    EMPTY_LIST
  );
}

/** An account's action state after one account update that carries actions. */
const nextActionState = (state: bigint, actions: readonly (readonly bigint[])[]): bigint =>
  absorb(SALT.list, [state, hashActions(actions)])[0];
