import pins from '../../../contracts/circuits.pinned.json' with { type: 'json' };
import { Bool, Field, Mina, UInt32, UInt64, VerificationKey, verify } from 'o1js';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '../../../contracts/chain/command.ts';
import { signCommand } from '../../../contracts/chain/sign.ts';
import type { Note } from '../../../contracts/formats/note.ts';
import { closingCommitment, extensionCommitment } from '../../../contracts/formats/order.ts';
import type { TabState } from '../../../contracts/formats/tab-state.ts';
import type { Terms as Plain } from '../../../contracts/formats/terms.ts';
import { cursorOfState, jobOfNote, runnerOfNote } from '../../../contracts/programs/job-of-note.ts';
import { Batch, JobLog, JobLogProof, LogClaim } from '../../../contracts/programs/job-log.ts';
import { proveLog } from '../../../contracts/programs/prove-log.ts';
import { Terms } from '../../../contracts/provable/terms.ts';
import type { Circuits } from '../../../contracts/zkapps/compile-all.ts';
import { CONTRACT_ERROR } from '../../../contracts/zkapps/error.ts';
import { Tab } from '../../../contracts/zkapps/tab.ts';
import { compiled } from '../../fixtures/compiled.ts';
import { makeNotes } from '../../fixtures/job-fixture.ts';
import { MINA, Market, claimOf, dummyProofOf, key, signatureOver, stateOf } from './escrow.ts';

let circuits: Circuits;
let market: Market;
/** One tab, and a proof of its first two jobs, out of order. */
let terms: Plain;
let notes: readonly Note[];
let opening: TabState;
let proof: JobLogProof;

const inO1js = () => ({
  terms: Terms.from(terms),
  runner: runnerOfNote(notes[0]!),
  start: cursorOfState(opening),
});
const tabOf = ({ tab }: Plain): Tab => new Tab(key(tab));
const settling = (given: JobLogProof, at = terms): (() => Promise<void>) => {
  return () => tabOf(at).settle(given, Terms.from(at));
};
const values = (claim: LogClaim): unknown => LogClaim.toJSON(claim);

beforeAll(async () => {
  circuits = await compiled();
  JobLog.setProofsEnabled(true);
  market = await Market.create({ proofsEnabled: true });
  terms = market.open();
  opening = stateOf(market.chain, terms.tab);
  notes = makeNotes(market.us, terms, [
    { sequence: 2 },
    { sequence: 1, phases: 0, taskClock: 0n },
    { sequence: 5, exitStatus: 512 },
  ]);
  proof = await proveLog(terms, opening, notes.slice(0, 2));
});

describe('the compiled circuits', () => {
  it('have the keys and the rows that are pinned', () => {
    expect(circuits).toEqual(pins);
  });
});

describe('a proof of a log', () => {
  it('says what the plain fold says, and verifies with this key alone', async () => {
    const { claim } = claimOf(terms, opening, notes.slice(0, 2));
    expect(values(proof.publicOutput)).toEqual(values(claim));
    expect(await JobLog.verify(proof)).toBe(true);
    const json = proof.toJSON();
    expect(await verify(json, keyOf('JobLog'))).toBe(true);
    for (const other of [keyOf('Tab'), keyOf('Service')])
      expect(await isRefused(() => verify(json, other)), 'O6: another key').toBe(true);
  });

  it('O6: does not verify with any part of what it says changed, nor with other bytes', async () => {
    const json = proof.toJSON();
    for (const i of json.publicOutput.keys()) {
      const publicOutput = json.publicOutput.with(i, String(BigInt(json.publicOutput[i]!) + 1n));
      expect(
        await isRefused(() => verify({ ...json, publicOutput }, keyOf('JobLog'))),
        `element ${i}`
      ).toBe(true);
    }
    const bytes = Buffer.from(json.proof, 'base64');
    for (const at of [0.3, 0.5, 0.9].map((part) => Math.floor(part * bytes.length))) {
      const mutated = Buffer.from(bytes);
      const digit = mutated.subarray(at).findIndex((byte) => byte >= 0x30 && byte <= 0x38);
      mutated[at + digit]! += 1;
      const changed = { ...json, proof: mutated.toString('base64') };
      expect(await isRefused(() => verify(changed, keyOf('JobLog'))), `byte ${at}`).toBe(true);
    }
    expect(await verify(json, keyOf('JobLog'))).toBe(true);
  });

  it('goes on from a predecessor, and not from one that is no proof', async () => {
    const { terms: t, runner, start } = inO1js();
    const batch = Batch.from([jobOfNote(notes[2]!)]);
    const more = await JobLog.append(t, runner, start, Bool(true), proof, batch);
    expect(values(more.proof.publicOutput)).toEqual(values(claimOf(terms, opening, notes).claim));
    expect(await JobLog.verify(more.proof)).toBe(true);

    const invented = await dummyProofOf(proof.publicOutput);
    expect(
      await isRefused(async () => {
        const forged = await JobLog.append(t, runner, start, Bool(true), invented, batch);
        return JobLog.verify(forged.proof);
      })
    ).toBe(true);
  });

  it('of single jobs merges with the one that follows it, in this order only', async () => {
    const { terms: t, runner, start } = inO1js();
    const [first, second] = notes as [Note, Note];
    const middle = claimOf(terms, opening, [first]).after;
    const one = await JobLog.single(t, runner, start, jobOfNote(first));
    const two = await JobLog.single(t, runner, cursorOfState(middle), jobOfNote(second));
    const merged = await JobLog.merge(one.proof, two.proof);
    expect(values(merged.proof.publicOutput)).toEqual(values(proof.publicOutput));
    expect(await JobLog.verify(merged.proof)).toBe(true);
    await expect(JobLog.merge(two.proof, one.proof)).rejects.toThrow();
    await expect(JobLog.merge(one.proof, one.proof)).rejects.toThrow();
  });
});

describe('a tab with proofs', () => {
  it('C6: takes no proof of another tab, nor one whose amount was raised', async () => {
    const twin = market.open();
    await expect(market.prove(settling(proof, twin))).rejects.toThrow(CONTRACT_ERROR.wrongTerms);
    const { claim } = claimOf(terms, opening, notes.slice(0, 2));
    claim.total = claim.total.add(1);
    const raised = new JobLogProof({
      proof: proof.proof,
      publicInput: undefined,
      publicOutput: claim,
      maxProofsVerified: 2,
    });
    expect(
      await isRefused(async () => {
        await market.transact(settling(raised));
        return true;
      })
    ).toBe(true);
    expect(stateOf(market.chain, terms.tab)).toEqual(opening);
  });

  it('C2, C12: takes a transaction as it was proven, and no other made of it', async () => {
    const tx = await market.prove(settling(proof));
    const proven = JSON.parse(tx.toJSON()) as Command;
    const [tab, service, payee] = proven.accountUpdates as [Update, Update, Update];
    expect([tab, service, payee].map(({ body }) => body.publicKey)).toEqual([
      terms.tab,
      terms.service,
      terms.payee,
    ]);
    const stranger = market.us.refund.publicKey;
    const noState = Array<null>(8).fill(null);
    const changes: Record<string, (updates: [Update, Update, Update]) => Update[]> = {
      'the runner’s precondition removed': ([a, b, c]) => [
        a,
        edit(b, ({ preconditions }) => (preconditions.account.state = noState)),
        c,
      ],
      'the runner’s precondition overwritten': ([a, b, c]) => [
        a,
        edit(b, ({ preconditions }) => (preconditions.account.state[3] = '1')),
        c,
      ],
      'the tab’s preconditions removed': ([a, ...rest]) => [
        edit(a, ({ preconditions }) => (preconditions.account.state = noState)),
        ...rest,
      ],
      'the slot’s precondition removed': ([a, ...rest]) => [
        edit(a, ({ preconditions }) => (preconditions.network.globalSlotSinceGenesis = null)),
        ...rest,
      ],
      'another state written': ([a, ...rest]) => [
        edit(a, ({ update }) => (update.appState[4] = '0')),
        ...rest,
      ],
      'another payee': ([a, b, c]) => [a, b, edit(c, (body) => (body.publicKey = stranger))],
      'an update appended below the tab': ([a, b, c]) => [
        a,
        b,
        c,
        edit(c, (body) => {
          body.publicKey = stranger;
          body.balanceChange.magnitude = '0';
        }),
      ],
      'updates reordered': ([a, b, c]) => [a, c, b],
      'the service’s update left out': ([a, , c]) => [a, c],
      'another event': ([a, ...rest]) => [
        edit(a, (body) => (body.events = [['0', '1', '2']])),
        ...rest,
      ],
    };
    const send = (accountUpdates: Update[]): Promise<unknown> => {
      const { publicKey, privateKey } = market.wallet;
      const command = { ...proven, accountUpdates: structuredClone(accountUpdates) };
      const signed = signCommand({ command, signers: [publicKey] }, [privateKey], 'mina:testnet');
      return Mina.Transaction.fromJSON(signed).send();
    };
    for (const [name, change] of Object.entries(changes))
      await expect(send(change(structuredClone([tab, service, payee]))), name).rejects.toThrow(
        /[Pp]roof|authorization/
      );
    expect(stateOf(market.chain, terms.tab)).toEqual(opening);

    const before = market.balanceOf(terms.payee);
    await send([tab, service, payee]);
    const { after, total } = claimOf(terms, opening, notes.slice(0, 2));
    expect(stateOf(market.chain, terms.tab)).toEqual(after);
    expect(market.balanceOf(terms.payee) - before).toBe(total);
    await expect(market.prove(settling(proof))).rejects.toThrow(CONTRACT_ERROR.wrongHead);
    await expect(send([tab, service, payee])).rejects.toThrow(/precondition/);
  });

  it('is asserted to be active by its wallet, and not by who proves it without that one', async () => {
    const mine = market.open({ refund: market.wallet.publicKey });
    const asserting = (minimum: bigint) => () =>
      tabOf(mine).assertActive(Terms.from(mine), UInt64.from(minimum));
    await market.transact(asserting(20n * MINA));
    await expect(market.transact(asserting(21n * MINA))).rejects.toThrow(/precondition/);
    const proven = JSON.parse((await market.prove(asserting(MINA))).toJSON()) as Command;
    const { owner } = market;
    const [tab, wallet] = proven.accountUpdates as [Update, Update];
    const stolen = [tab, edit(wallet, (body) => (body.publicKey = owner.publicKey))];
    const command = { ...proven, accountUpdates: stolen };
    const keys = [owner, market.wallet];
    const signers = keys.map(({ publicKey }) => publicKey);
    const signed = signCommand(
      { command, signers },
      keys.map(({ privateKey }) => privateKey),
      'mina:testnet'
    );
    await expect(Mina.Transaction.fromJSON(signed).send()).rejects.toThrow(/[Pp]roof/);
  });

  it('is extended, closed and refunded', async () => {
    const { requester, runner } = market.us;
    const expiry = 2000;
    const extension = signatureOver(extensionCommitment({ terms, expiry }), requester);
    await market.transact(() =>
      tabOf(terms).extend(Terms.from(terms), UInt32.from(expiry), extension)
    );
    expect(stateOf(market.chain, terms.tab).expiry).toBe(expiry);

    const { head } = stateOf(market.chain, terms.tab);
    const closing = closingCommitment({ terms, head });
    const runnerKey = key(runner.publicKey);
    const rest = market.balanceOf(terms.tab);
    const received = market.balanceOf(terms.refund);
    await market.transact(() =>
      tabOf(terms).close(
        Terms.from(terms),
        UInt64.from(MINA),
        signatureOver(closing, requester),
        runnerKey,
        signatureOver(closing, runner)
      )
    );
    expect(stateOf(market.chain, terms.tab).expiry).toBe(0);
    market.chain.setGlobalSlot(1);
    await market.transact(() => tabOf(terms).refund(Terms.from(terms), UInt64.from(rest - MINA)));
    expect(market.balanceOf(terms.tab)).toBe(0n);
    expect(market.balanceOf(terms.refund) - received).toBe(rest);
  });
});

type Update = Command['accountUpdates'][number];

function edit(update: Update, change: (body: Update['body']) => unknown): Update {
  const copy = structuredClone(update);
  change(copy.body);
  return copy;
}

const keyOf = (name: keyof Circuits): VerificationKey =>
  new VerificationKey({ data: circuits[name].data, hash: Field(circuits[name].hash) });

/** Whether verifying answers no or cannot read what it is given. */
const isRefused = (verifying: () => Promise<boolean>): Promise<boolean> =>
  verifying().then(
    (isAccepted) => !isAccepted,
    () => true
  );
