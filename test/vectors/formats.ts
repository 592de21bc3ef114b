import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as action from '../../contracts/formats/action.ts';
import {
  bindingCommitment,
  credentialCommitment,
  scopePath,
  scopeRoot,
} from '../../contracts/formats/credential.ts';
import { encodeDescriptor, descriptorDigest } from '../../contracts/formats/descriptor.ts';
import { DOMAIN } from '../../contracts/formats/domain.ts';
import { executionChain } from '../../contracts/formats/execution.ts';
import { encodeKeyset } from '../../contracts/formats/keyset.ts';
import {
  encodeGenesis,
  encodeLogCommit,
  genesisId,
  notesRef,
  objectId,
} from '../../contracts/formats/log-commit.ts';
import { blobOf, commitOfNote, encodeNote, noteTree } from '../../contracts/formats/note.ts';
import { runLog } from '../../contracts/formats/log.ts';
import { encodeOrigin, originCommitment, originDigest } from '../../contracts/formats/origin.ts';
import { encodeRunNote } from '../../contracts/formats/run-note.ts';
import * as order from '../../contracts/formats/order.ts';
import { counterLeaf, perfPath, perfRoot } from '../../contracts/formats/perf.ts';
import { hash } from '../../contracts/formats/poseidon.ts';
import {
  bodyCommitment,
  encodeReceipt,
  extendLog,
  OPENING_LOG,
  receiptCommitment,
} from '../../contracts/formats/receipt.ts';
import { encodeRequest, requestCommitment } from '../../contracts/formats/request.ts';
import { encodeServiceState } from '../../contracts/formats/service-state.ts';
import {
  controlCommitment,
  encodeTabSet,
  tabEntryLeaf,
  tabSetPath,
  tabSetRoot,
} from '../../contracts/formats/tab-set.ts';
import { encodeTabState, openingState } from '../../contracts/formats/tab-state.ts';
import { keyHash, termsCommitment } from '../../contracts/formats/terms.ts';
import { admit, OPENING_WINDOW, packWindow } from '../../contracts/formats/window.ts';
import { rawCidOfBlock, toBase16 } from '../../contracts/formats/cid.ts';
import { utf8 } from '../../contracts/formats/bytes.ts';
import * as sample from './sample.ts';

/** Every committed vector, by file name: what the encoders of today write for `sample.ts`. */
export async function vectors(): Promise<Record<string, unknown>> {
  return portable({
    poseidon: [[], [0n], [1n, 2n], [1n, 2n, 3n], [1n, 2n, 3n, 4n, 5n]].map((input) => ({
      input,
      hash: hash(input),
    })),
    domain: DOMAIN,
    terms: {
      value: sample.terms,
      commitment: termsCommitment(sample.terms),
      runnerKeyHash: keyHash(sample.note.runner),
    },
    request: {
      value: sample.request,
      block: encodeRequest(sample.request),
      commitment: requestCommitment(sample.request),
    },
    receipt: {
      value: sample.receipt,
      block: encodeReceipt(sample.receipt),
      cid: {
        base32: rawCidOfBlock(encodeReceipt(sample.receipt)).toString(),
        base16: toBase16(rawCidOfBlock(encodeReceipt(sample.receipt))),
      },
      commitment: receiptCommitment(sample.receipt),
      log: extendLog(OPENING_LOG, receiptCommitment(sample.receipt)),
    },
    order: {
      extension: {
        value: sample.extension,
        block: order.encodeExtension(sample.extension),
        commitment: order.extensionCommitment(sample.extension),
      },
      closing: {
        value: sample.closing,
        block: order.encodeClosing(sample.closing),
        commitment: order.closingCommitment(sample.closing),
      },
    },
    body: bodyVector(),
    commit: commitVector(),
    note: { value: sample.note, text: utf8.decode(encodeNote(sample.note)) },
    run: runVector(),
    descriptor: {
      value: sample.descriptor,
      text: utf8.decode(encodeDescriptor(sample.descriptor)),
      digest: descriptorDigest(sample.descriptor),
    },
    workflow: {
      value: sample.workflowDescriptor,
      text: utf8.decode(encodeDescriptor(sample.workflowDescriptor)),
      digest: descriptorDigest(sample.workflowDescriptor),
    },
    keyset: { value: sample.keyset, text: utf8.decode(encodeKeyset(sample.keyset)) },
    state: {
      tab: encodeTabState(openingState(sample.terms, 150_000)),
      service: encodeServiceState({
        descriptor: descriptorDigest(sample.descriptor),
        owner: keyHash(sample.terms.refund),
        runner: keyHash(sample.note.runner),
        keyset: sample.digest('keyset'),
        epoch: 3,
        paused: true,
      }),
      windows: windowVectors(3, 1, 2, 70, 65, 200),
    },
    action: (['request', 'extension', 'closing'] as const).map((kind) => ({
      kind,
      tab: sample.terms.tab,
      digest: sample.digest(kind),
      fields: action.encodeAction({ kind, tab: sample.terms.tab, digest: sample.digest(kind) }),
    })),
    credential: credentialVector(),
    'tab-set': tabSetVector(),
    exports: await exportsOfFormats(),
  }) as Record<string, unknown>;
}

function bodyVector() {
  const { execution, counters, profile, exitStatus, blinding } = sample.note;
  const body = {
    execution: executionChain(execution),
    perf: perfRoot(counters, profile),
    exitStatus,
    amount: sample.receipt.amount,
    blinding,
  };
  return {
    execution,
    counters,
    profile,
    leaves: counters.map(counterLeaf),
    taskClockPath: perfPath(counters, profile, 0),
    body,
    commitment: bodyCommitment(body),
  };
}

function commitVector() {
  const genesis = genesisId(sample.terms.tab);
  const { commit, id } = commitOfNote(sample.note, genesis);
  const tree = noteTree(sample.note.source, encodeNote(sample.note));
  return {
    tab: sample.terms.tab,
    ref: notesRef(sample.terms.tab),
    genesis: { object: utf8.decode(encodeGenesis(sample.terms.tab)), id: genesis },
    blob: objectId(blobOf(encodeNote(sample.note))),
    tree: { object: tree, id: objectId(tree) },
    commit: { value: commit, object: utf8.decode(encodeLogCommit(commit)), id },
  };
}

function runVector() {
  const { runNote, origin } = sample;
  const { genesis, ref } = runLog(runNote.runner);
  const { commit, id } = commitOfNote(runNote, genesis.id);
  return {
    origin: {
      value: origin,
      text: utf8.decode(encodeOrigin(origin)),
      digest: originDigest(origin),
      commitment: originCommitment(runNote.runner, origin),
    },
    note: { value: runNote, text: utf8.decode(encodeRunNote(runNote)) },
    log: {
      ref,
      genesis: { object: utf8.decode(genesis.object), id: genesis.id },
      commit: { object: utf8.decode(encodeLogCommit(commit)), id },
    },
  };
}

function credentialVector() {
  const { credential, opening, note } = sample;
  const digests = ['vault block 1', 'vault block 2']
    .map((text) => Buffer.from(sample.digest(text)).toString('hex'))
    .sort();
  const withCredentials = encodeNote({ ...note, credentials: digests });
  return {
    value: credential,
    opening,
    binding: bindingCommitment(credential),
    ofService: bindingCommitment({ ...credential, tab: null, purpose: 'trigger' }),
    scopes: { root: scopeRoot(credential.scopes), path: scopePath(credential.scopes, credential.scopes[1]!) },
    commitment: credentialCommitment(credential, opening),
    note: utf8.decode(withCredentials),
  };
}

function tabSetVector() {
  const { tabSet, terms } = sample;
  return {
    text: utf8.decode(encodeTabSet(tabSet)),
    leaves: tabSet.tabs.map(tabEntryLeaf),
    root: tabSetRoot(tabSet),
    path: tabSetPath(tabSet, terms.tab),
    control: controlCommitment(tabSetRoot(tabSet), 5n, 6, 7n),
  };
}

function windowVectors(...sequences: number[]) {
  let window = OPENING_WINDOW;
  return sequences.map((sequence) => {
    window = admit(window, sequence);
    return { after: sequence, packed: packWindow(window) };
  });
}

/** What every module of the room gives to the others. */
async function exportsOfFormats(): Promise<Record<string, readonly string[]>> {
  const folder = join(import.meta.dirname, '../../contracts/formats');
  const names = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  const modules = await Promise.all(
    names.sort().map(async (name) => {
      const module = (await import(join(folder, name))) as object;
      return [name, Object.keys(module).sort()] as const;
    })
  );
  return Object.fromEntries(modules);
}

/** JSON has neither bytes nor large integers: hex and decimal digits stand for them. */
function portable(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value === undefined) return null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(portable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, portable(item)]));
}
