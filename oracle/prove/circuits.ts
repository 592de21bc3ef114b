import { PublicKey, Signature, UInt32, UInt64, setBackend } from 'o1js';
import { pinned } from '../../contracts/chain/pinned.ts';
import { Reader } from '../../contracts/formats/bytes.ts';
import { parseNote } from '../../contracts/formats/note.ts';
import { parseClosing, parseExtension } from '../../contracts/formats/order.ts';
import { type FieldSignature, readSignature } from '../../contracts/formats/signature.ts';
import { openingState, parseTabState } from '../../contracts/formats/tab-state.ts';
import { type Terms as PlainTerms, readTerms } from '../../contracts/formats/terms.ts';
import { JobLog } from '../../contracts/programs/job-log.ts';
import { proveLog } from '../../contracts/programs/prove-log.ts';
import { Terms } from '../../contracts/provable/terms.ts';
import { proveCall, refund, rotate, setPaused } from '../../contracts/zkapps/calls.ts';
import { type Circuit, type CircuitKey, compileCircuit } from '../../contracts/zkapps/compile.ts';
import { Tab } from '../../contracts/zkapps/tab.ts';
import type { CallJob } from './job.ts';
import type { Prove, ProveContext } from './serve.ts';

export { proveWith };

/**
 * What this project's circuits prove, one function a kind of job.
 *
 * @param proofsEnabled false on an embedded network that was started without proofs: what comes out
 *   then is a transaction with dummies in their place, which every other network refuses
 */
function proveWith({ proofsEnabled }: { proofsEnabled: boolean }): Prove {
  setBackend('native');
  JobLog.setProofsEnabled(proofsEnabled);
  const compiled = new Map<Circuit, Promise<CircuitKey>>();

  /** Compiles once a process, in order of dependence. */
  async function compile(
    circuits: readonly Circuit[],
    { onProgress }: ProveContext
  ): Promise<void> {
    if (!proofsEnabled) return;
    for (const [done, name] of circuits.entries()) {
      onProgress({ what: `compiling ${name}`, done, of: circuits.length });
      if (!compiled.has(name)) compiled.set(name, compileCircuit(name));
      assertPinned(name, await compiled.get(name)!);
    }
  }

  /** Builds and proves a transaction; whoever pays signs it elsewhere. */
  async function transact(job: CallJob, body: () => Promise<void>): Promise<{ command: string }> {
    const { node: graphql, networkId, feePayer } = job;
    return { command: await proveCall({ graphql, networkId, feePayer, proofsEnabled }, body) };
  }

  return {
    async settle(job, context) {
      await compile(['JobLog', 'Tab'], context);
      const terms = termsOf(job.terms);
      const notes = job.notes.map(parseNote);
      context.onProgress({ what: 'proving jobs', done: job.resume?.jobs ?? 0, of: notes.length });
      const proof = await proveLog(terms, parseTabState(job.state), notes, {
        ...(job.resume === undefined ? {} : { resume: job.resume }),
        onProof: (partial, of) =>
          context.onProgress({ what: 'proving jobs', done: partial.jobs, of, partial }),
      });
      context.onProgress({ what: 'proving the settlement', done: 0, of: 1 });
      const tab = new Tab(PublicKey.fromBase58(terms.tab));
      return transact(job, () => tab.settle(proof, Terms.from(terms)));
    },

    async refund(job, context) {
      await compile(['JobLog', 'Tab'], context);
      context.onProgress({ what: 'proving the refund', done: 0, of: 1 });
      return transact(job, () => refund(termsOf(job.terms), job.amount));
    },

    async extend(job, context) {
      await compile(['JobLog', 'Tab'], context);
      context.onProgress({ what: 'proving the extension', done: 0, of: 1 });
      const { terms, expiry, signature } = parseExtension(job.order);
      const tab = new Tab(PublicKey.fromBase58(terms.tab));
      return transact(job, () =>
        tab.extend(Terms.from(terms), UInt32.from(expiry), signatureOf(signature))
      );
    },

    async close(job, context) {
      await compile(['JobLog', 'Tab'], context);
      context.onProgress({ what: 'proving the closing', done: 0, of: 1 });
      const { terms, signature } = parseClosing(job.order);
      const tab = new Tab(PublicKey.fromBase58(terms.tab));
      return transact(job, () =>
        tab.close(
          Terms.from(terms),
          UInt64.from(job.amount),
          signatureOf(signature),
          PublicKey.fromBase58(job.runner),
          signatureOf(readSignature(new Reader(job.runnerSignature)))
        )
      );
    },

    async rotate(job, context) {
      await compile(['Service'], context);
      context.onProgress({ what: 'proving the rotation', done: 0, of: 1 });
      return transact(job, () => rotate(job));
    },

    async log(job, context) {
      if (!proofsEnabled) throw new Error('without proofs there is nothing to show');
      await compile(['JobLog'], context);
      const terms = termsOf(job.terms);
      const notes = job.notes.map(parseNote);
      context.onProgress({ what: 'proving jobs', done: 0, of: notes.length });
      const proof = await proveLog(terms, openingState(terms, 0), notes, {
        onProof: ({ jobs }, of) => context.onProgress({ what: 'proving jobs', done: jobs, of }),
      });
      context.onProgress({ what: 'verifying the proof', done: 0, of: 1 });
      if (!(await JobLog.verify(proof))) throw new Error('the proof that was made does not verify');
      const said = proof.publicOutput;
      return {
        claim: {
          terms: said.terms.toBigInt(),
          runner: said.runner.toBigInt(),
          headBefore: said.headBefore.toBigInt(),
          headAfter: said.headAfter.toBigInt(),
          logBefore: said.logBefore.toBigInt(),
          logAfter: said.logAfter.toBigInt(),
          windowBefore: said.windowBefore.toBigInt(),
          windowAfter: said.windowAfter.toBigInt(),
          total: said.total.toBigInt(),
        },
      };
    },

    async pause(job, context) {
      await compile(['Service'], context);
      context.onProgress({ what: 'proving the pause', done: 0, of: 1 });
      return transact(job, () => setPaused(job));
    },
  };
}

/** A cached key may be another release's: minutes of proving would end in a transaction that no node takes. */
function assertPinned(circuit: Circuit, { hash }: CircuitKey): void {
  if (BigInt(hash) !== pinned[circuit].hash)
    throw new Error(
      `${circuit} compiles to the key ${hash}, and this release is pinned to ${pinned[circuit].hash}; empty o1js's cache folder`
    );
}

function termsOf(bytes: Uint8Array): PlainTerms {
  const reader = new Reader(bytes);
  const terms = readTerms(reader);
  reader.end();
  return terms;
}

const signatureOf = ({ r, s }: FieldSignature): Signature => Signature.fromValue({ r, s });
