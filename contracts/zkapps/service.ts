import {
  AccountUpdate,
  Bool,
  Field,
  PublicKey,
  SmartContract,
  State,
  Struct,
  UInt32,
  declareState,
} from 'o1js';
import { PackedUInt32Factory } from 'o1js-pack';
import { Digest } from '../provable/execution.ts';
import { keyHash } from '../provable/terms.ts';
import { CONTRACT_ERROR } from './error.ts';
import { declareArguments } from './methods.ts';

export { Service, Rotated };

/** Epoch, then flags: bit 0 is "paused". */
class EpochAndFlags extends PackedUInt32Factory(2) {}

/** Emitted by every change: who reads events has the audit trail of keys. */
class Rotated extends Struct({ epoch: UInt32, paused: Bool, runner: Field, keyset: Digest }) {}

/**
 * One thing for sale, and its inbox. It is published by signature alone, as a tab is opened. The
 * descriptor's digest and the owner have no method that sets them. State fields as in
 * `formats/service-state.ts`.
 */
class Service extends SmartContract {
  descriptorHigh = State<Field>();
  descriptorLow = State<Field>();
  owner = State<Field>();
  runner = State<Field>();
  keysetHigh = State<Field>();
  keysetLow = State<Field>();
  epochAndFlags = State<Field>();
  layout = State<Field>();

  override events = { rotated: Rotated };

  /** Begins a new epoch: another keyset and runner's key. The owner signs the transaction. */
  async rotate(owner: PublicKey, runner: Field, keyset: Digest): Promise<void> {
    this.assertOwner(owner);
    const { epoch, paused } = this.unpack();
    this.runner.set(runner);
    this.keysetHigh.set(keyset.high);
    this.keysetLow.set(keyset.low);
    this.pack(epoch.add(1), paused);
    this.emitEvent('rotated', new Rotated({ epoch: epoch.add(1), paused, runner, keyset }));
  }

  /** A paused service takes no new tabs and no new jobs; what is running is settled as agreed. */
  async setPaused(owner: PublicKey, paused: Bool): Promise<void> {
    this.assertOwner(owner);
    const { epoch } = this.unpack();
    this.pack(epoch, paused);
    const runner = this.runner.getAndRequireEquals();
    const keyset = new Digest({
      high: this.keysetHigh.getAndRequireEquals(),
      low: this.keysetLow.getAndRequireEquals(),
    });
    this.emitEvent('rotated', new Rotated({ epoch, paused, runner, keyset }));
  }

  private assertOwner(owner: PublicKey): void {
    keyHash(owner).assertEquals(this.owner.getAndRequireEquals(), CONTRACT_ERROR.notOwner);
    AccountUpdate.createSigned(owner);
  }

  private unpack(): { epoch: UInt32; paused: Bool } {
    const packed = this.epochAndFlags.getAndRequireEquals();
    const [epoch, flags] = EpochAndFlags.unpack(packed) as [UInt32, UInt32];
    flags.assertLessThanOrEqual(UInt32.one);
    return { epoch, paused: flags.value.equals(1) };
  }

  private pack(epoch: UInt32, paused: Bool): void {
    const flags = UInt32.Unsafe.fromField(paused.toField());
    const { packed } = EpochAndFlags.fromUInt32s([epoch, flags]) as { packed: Field };
    this.epochAndFlags.set(packed);
  }
}

declareState(Service, {
  descriptorHigh: Field,
  descriptorLow: Field,
  owner: Field,
  runner: Field,
  keysetHigh: Field,
  keysetLow: Field,
  epochAndFlags: Field,
  layout: Field,
});
declareArguments(Service, {
  rotate: [PublicKey, Field, Digest],
  setPaused: [PublicKey, Bool],
});
