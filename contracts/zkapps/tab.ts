import {
  AccountUpdate,
  Bool,
  Field,
  PublicKey,
  Signature,
  SmartContract,
  State,
  Struct,
  UInt32,
  UInt64,
  declareState,
} from 'o1js';
import { JobLogProof } from '../programs/job-log.ts';
import { hashIn } from '../provable/domain.ts';
import { Terms, keyHash } from '../provable/terms.ts';
import { CONTRACT_ERROR } from './error.ts';
import { declareArguments } from './methods.ts';

export { Tab, Settled, Moved };

const RUNNER_FIELD = 3;

/** Emitted by `settle`. */
class Settled extends Struct({ head: Field, paid: UInt64 }) {}
/** Emitted by `refund`, `extend` and `close`: what was sent back, and the expiry from then on. */
class Moved extends Struct({ amount: UInt64, expiry: UInt32 }) {}

/**
 * Escrow of one requester at one service. It is opened by signature alone (state, permissions and
 * this contract's verification key in one update), so there is no `deploy` of its own: whoever
 * relies on a tab checks the account. State fields as in `formats/tab-state.ts`.
 */
class Tab extends SmartContract {
  /** SHA-1 of the last settled commit. */
  head = State<Field>();
  /** Poseidon chain over the settled receipts. */
  log = State<Field>();
  terms = State<Field>();
  /** Packed sequence window. */
  window = State<Field>();
  spent = State<UInt64>();
  /** Last slot at which the tab settles; 0 once closed. */
  expiry = State<UInt32>();
  layout = State<Field>();
  reserve = State<Field>();

  override events = { settled: Settled, refunded: Moved, extended: Moved, closed: Moved };

  /**
   * Moves head, log and window forward and pays the payee what the proof shows. Until the expiry
   * slot, that one included. The runner's key is the service's own at inclusion: a child update
   * holds the Service account to it.
   */
  async settle(proof: JobLogProof, terms: Terms): Promise<void> {
    proof.verify();
    const claim = proof.publicOutput;
    claim.terms.assertEquals(this.assertTerms(terms), CONTRACT_ERROR.wrongTerms);
    claim.headBefore.assertEquals(this.head.getAndRequireEquals(), CONTRACT_ERROR.wrongHead);
    claim.logBefore.assertEquals(this.log.getAndRequireEquals(), CONTRACT_ERROR.wrongLog);
    claim.windowBefore.assertEquals(this.window.getAndRequireEquals(), CONTRACT_ERROR.wrongWindow);
    this.assertOpen();
    this.requireRunner(terms.service, claim.runner);

    this.head.set(claim.headAfter);
    this.log.set(claim.logAfter);
    this.window.set(claim.windowAfter);
    this.spent.set(this.spent.getAndRequireEquals().add(claim.total));
    this.send({ to: terms.payee, amount: claim.total });
    this.emitEvent('settled', new Settled({ head: claim.headAfter, paid: claim.total }));
  }

  /** Sends `amount` back to the requester once the expiry slot is past, whoever asks for it. */
  async refund(terms: Terms, amount: UInt64): Promise<void> {
    this.assertTerms(terms);
    const expiry = this.expiry.getAndRequireEquals();
    this.network.globalSlotSinceGenesis.requireBetween(expiry.add(1), UInt32.MAXINT());
    this.send({ to: terms.refund, amount });
    this.emitEvent('refunded', new Moved({ amount, expiry }));
  }

  /** Moves the expiry of an open tab out, as the request key has signed. */
  async extend(terms: Terms, expiry: UInt32, signature: Signature): Promise<void> {
    const commitment = this.assertTerms(terms);
    const current = this.assertOpen();
    expiry
      .greaterThan(current)
      .and(expiry.lessThan(UInt32.MAXINT()))
      .assertTrue(CONTRACT_ERROR.notLater);
    signature
      .verify(terms.requestKey, [hashIn('extension', commitment, expiry.value)])
      .assertTrue(CONTRACT_ERROR.badRequestSignature);
    this.expiry.set(expiry);
    this.emitEvent('extended', new Moved({ amount: UInt64.zero, expiry }));
  }

  /**
   * Ends the tab at its settled head and sends `amount` back. Both sides have signed that head, so
   * nothing that the runner still wants settled can be cut off. What `amount` leaves is refundable
   * at once.
   */
  async close(
    terms: Terms,
    amount: UInt64,
    requestSignature: Signature,
    runner: PublicKey,
    runnerSignature: Signature
  ): Promise<void> {
    const commitment = this.assertTerms(terms);
    const closing = [hashIn('closing', commitment, this.head.getAndRequireEquals())];
    requestSignature
      .verify(terms.requestKey, closing)
      .assertTrue(CONTRACT_ERROR.badRequestSignature);
    runnerSignature.verify(runner, closing).assertTrue(CONTRACT_ERROR.badRunnerSignature);
    this.requireRunner(terms.service, keyHash(runner));
    this.expiry.set(UInt32.zero);
    this.send({ to: terms.refund, amount });
    this.emitEvent('closed', new Moved({ amount, expiry: UInt32.zero }));
  }

  /**
   * For other contracts to call, by `requireActiveTab`: the wallet that the rest goes back to, which has to sign the transaction,
   * controls this tab, and the tab is open, has not expired and holds at least `minimum` in the ledger that
   * the transaction is applied to. What it has promised to jobs under way is still in it, since no chain
   * shows that. The terms come along because the account holds only their commitment. 831 rows.
   */
  async assertActive(terms: Terms, minimum: UInt64): Promise<void> {
    this.assertTerms(terms);
    this.assertOpen();
    this.account.balance.requireBetween(minimum, UInt64.MAXINT());
    AccountUpdate.createSigned(terms.refund);
  }

  /** The terms are this tab's, which the account holds. Returns their commitment. */
  private assertTerms(terms: Terms): Field {
    terms.tab.equals(this.address).assertTrue(CONTRACT_ERROR.wrongTab);
    terms.token.assertEquals(this.tokenId, CONTRACT_ERROR.wrongToken);
    const commitment = terms.commitment();
    commitment.assertEquals(this.terms.getAndRequireEquals(), CONTRACT_ERROR.wrongTerms);
    return commitment;
  }

  /** Requires inclusion at or before the expiry slot, and that the tab is not closed. */
  private assertOpen(): UInt32 {
    const expiry = this.expiry.getAndRequireEquals();
    expiry.value.assertNotEquals(0, CONTRACT_ERROR.closed);
    this.network.globalSlotSinceGenesis.requireBetween(UInt32.zero, expiry);
    return expiry;
  }

  /** Holds the Service account to a runner's key by a precondition of its own; no second proof. */
  private requireRunner(service: PublicKey, runner: Field): void {
    const update = AccountUpdate.create(service);
    const field = update.body.preconditions.account.state[RUNNER_FIELD]!;
    field.isSome = Bool(true);
    field.value = runner;
  }
}

declareState(Tab, {
  head: Field,
  log: Field,
  terms: Field,
  window: Field,
  spent: UInt64,
  expiry: UInt32,
  layout: Field,
  reserve: Field,
});
declareArguments(Tab, {
  settle: [JobLogProof, Terms],
  refund: [Terms, UInt64],
  extend: [Terms, UInt32, Signature],
  close: [Terms, UInt64, Signature, PublicKey, Signature],
  assertActive: [Terms, UInt64],
});
