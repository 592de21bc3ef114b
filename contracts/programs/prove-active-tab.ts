import { Field, Signature, UInt32, UInt64, VerificationKey, verify } from 'o1js';
import {
  type ActiveTabClaim,
  type ActiveTabProof,
  activeTabOutput,
  contextOf,
} from '../formats/proof.ts';
import type { FieldSignature } from '../formats/signature.ts';
import { type TabSet, controlCommitment, tabSetRoot } from '../formats/tab-set.ts';
import type { Terms as PlainTerms } from '../formats/terms.ts';
import { TabEntry } from '../provable/tab-set.ts';
import { Terms } from '../provable/terms.ts';
import { ActiveTab } from './active-tab.ts';

export { type ActiveTabWish, proveActiveTab, verifyActiveTabProof };

interface ActiveTabWish {
  /** Nanomina. */
  readonly minimum: bigint;
  readonly slot: number;
  /** Whom and what it is for. */
  readonly context: string;
}

/**
 * The program must be compiled.
 *
 * @param sign with the tab's request key, over one element
 * @throws FormatError `SHAPE` for a tab that is not in the set, and o1js's error for what is not so
 */
async function proveActiveTab(
  terms: PlainTerms,
  set: Pick<TabSet, 'tabs'>,
  { minimum, slot, context }: ActiveTabWish,
  sign: (commitment: bigint) => FieldSignature
): Promise<ActiveTabProof> {
  const root = tabSetRoot(set);
  const element = contextOf(context);
  const signature = sign(controlCommitment(root, minimum, slot, element));
  const { proof } = await ActiveTab.prove(
    Terms.from(terms),
    TabEntry.from(set, terms.tab),
    UInt64.from(minimum),
    UInt32.from(slot),
    Field(element),
    Signature.fromValue(signature)
  );
  const claim: ActiveTabClaim = {
    ...{ tabs: String(root), minimum: String(minimum), slot, context },
  };
  return { version: 1, program: 'active-tab', claim, proof: proof.toJSON().proof };
}

/** Whether the proof shows its claim, under the pinned key. Bytes that are no proof show nothing. */
async function verifyActiveTabProof(
  { claim, proof }: ActiveTabProof,
  key: { readonly data: string; readonly hash: string }
): Promise<boolean> {
  const publicOutput = activeTabOutput(claim).map(String);
  const verificationKey = new VerificationKey({ data: key.data, hash: Field(key.hash) });
  return verify(
    { publicInput: [], publicOutput, maxProofsVerified: 0, proof },
    verificationKey
  ).catch(() => false);
}
