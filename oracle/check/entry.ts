export {
  type EntryEvidence,
  type ServiceEvidence,
  checkEntry,
  checkBytes,
  checkBody,
  checkRunnerSignature,
  hex,
};

import { sha256 } from '@noble/hashes/sha2.js';
import { verifyFieldElements } from '../../contracts/chain/sign.ts';
import { amountOf, formatMina } from '../../contracts/formats/amount.ts';
import { equalBytes, toHex } from '../../contracts/formats/bytes.ts';
import { cidOf, rawCidOf } from '../../contracts/formats/cid.ts';
import { type Descriptor, descriptorDigest, priceOf } from '../../contracts/formats/descriptor.ts';
import { executionChain } from '../../contracts/formats/execution.ts';
import { type AnyNote, type Note, commitOfNote } from '../../contracts/formats/note.ts';
import { TASK_CLOCK, perfRoot } from '../../contracts/formats/perf.ts';
import {
  bodyCommitment,
  encodeReceipt,
  receiptCommitment,
} from '../../contracts/formats/receipt.ts';
import { requestCommitment } from '../../contracts/formats/request.ts';
import type { ServiceState } from '../../contracts/formats/service-state.ts';
import type { TabState } from '../../contracts/formats/tab-state.ts';
import { keyHash, termsCommitment } from '../../contracts/formats/terms.ts';
import { admits } from '../../contracts/formats/window.ts';
import type { LogEntry } from '../read/entry.ts';
import { type Check, checked, compared } from './check.ts';

/** What else the verifier has. Evidence that is absent is not checked; `null` is evidence of absence. */
interface EntryEvidence {
  /** The commit that should stand before: the entry before, or the genesis. */
  readonly parent?: string;
  /** The receipt's block as fetched by its CID, `null` where nobody has it. */
  readonly receiptBlock?: Uint8Array | null;
  /** The root block of the result, likewise. */
  readonly resultRoot?: Uint8Array | null;
  /** The tab's account, and whether its settled head stands at or after this entry. */
  readonly tab?: { readonly state: TabState; readonly isSettled: boolean };
  readonly service?: ServiceEvidence;
}

interface ServiceEvidence {
  readonly address: string;
  readonly state: ServiceState;
  readonly descriptor: Descriptor;
}

/**
 * Everything that can be said about one entry, in the order of the specification: its bytes, its
 * place in git, the two signatures, the terms and the service, and the amount recomputed from the
 * counters. All checks are made, whatever the ones before them found.
 */
function checkEntry(entry: LogEntry, evidence: EntryEvidence = {}): readonly Check[] {
  const { note } = entry;
  return [
    ...checkBytes(entry, evidence),
    ...checkOrder(note),
    ...checkSignatures(note),
    ...(evidence.service ? checkService(note, evidence.service) : []),
    ...checkWork(note),
    ...(evidence.tab ? checkTab(note, evidence.tab) : []),
  ];
}

/** What holds of every entry, whoever asked for the work. */
function checkBytes(
  entry: LogEntry<AnyNote>,
  evidence: Pick<EntryEvidence, 'parent' | 'receiptBlock' | 'resultRoot'>
): readonly Check[] {
  const { note, commit, id } = entry;
  const { receiptBlock, resultRoot, parent } = evidence;
  const receiptCid = String(rawCidOf(commit.receipt));
  const resultCid = String(cidOf('dag-pb', note.receipt.result));
  return [
    checked('commit', () =>
      compared('commit', 'git commit', id, commitOfNote(note, commit.parent).id)
    ),
    ...(parent === undefined ? [] : [compared('parent', 'parent commit', commit.parent, parent)]),
    ...(receiptBlock === undefined
      ? []
      : [
          receiptBlock === null
            ? { id: 'receipt-block' as const, ok: false, detail: `no source has ${receiptCid}` }
            : block(
                'receipt-block',
                receiptCid,
                equalBytes(receiptBlock, encodeReceipt(note.receipt))
              ),
        ]),
    ...(resultRoot === undefined
      ? []
      : [
          resultRoot === null
            ? { id: 'result' as const, ok: false, detail: `no source has the result ${resultCid}` }
            : block('result', resultCid, equalBytes(sha256(resultRoot), note.receipt.result)),
        ]),
  ];
}

const block = (id: 'receipt-block' | 'result', cid: string, ok: boolean): Check => ({
  id,
  ok,
  detail: ok ? `block ${cid}` : `the bytes given for ${cid} are not that block`,
});

function checkOrder({ request, receipt }: Note): readonly Check[] {
  const { cap } = request.terms;
  return [
    checked('request', () =>
      compared('request', 'request', hex(receipt.request), hex(requestCommitment(request)))
    ),
    compared('sequence', 'sequence number', receipt.sequence, request.sequence),
    {
      id: 'maximum',
      ok: request.maximum <= cap,
      detail: `at most ${formatMina(request.maximum)} MINA ordered, ${formatMina(cap)} allowed for a job`,
    },
  ];
}

function checkSignatures(note: Note): readonly Check[] {
  const { requestKey } = note.request.terms;
  const ordered = (): boolean =>
    verifyFieldElements([requestCommitment(note.request)], note.request.signature, requestKey);
  return [
    checked('request-signature', () =>
      signed('request-signature', 'request', requestKey, ordered())
    ),
    checkRunnerSignature(note),
  ];
}

const checkRunnerSignature = ({ receipt, signature, runner }: AnyNote): Check =>
  checked('runner-signature', () =>
    signed(
      'runner-signature',
      'receipt',
      runner,
      verifyFieldElements([receiptCommitment(receipt)], signature, runner)
    )
  );

const signed = (
  id: 'request-signature' | 'runner-signature',
  what: string,
  key: string,
  ok: boolean
): Check => ({ id, ok, detail: `the ${what} is ${ok ? '' : 'not '}signed by ${key}` });

function checkService(
  note: Note,
  { address, state, descriptor }: ServiceEvidence
): readonly Check[] {
  const { terms } = note.request;
  const price = priceOf(descriptor);
  const inWords = ({ base, perSecond }: typeof price): string =>
    `${formatMina(base)} + ${formatMina(perSecond)} a second`;
  return [
    compared('service', 'service', terms.service, address),
    checked('descriptor', () =>
      compared(
        'descriptor',
        'descriptor',
        toHex(descriptorDigest(descriptor)),
        toHex(state.descriptor)
      )
    ),
    compared('source', 'source commit', note.source, descriptor.source.commit),
    compared('price', 'price in MINA', inWords(terms.price), inWords(price)),
    // A rotation changes the account's key; receipts signed before it are settled with the old one.
    compared('runner-key', 'runner key', hex(keyHash(note.runner)), hex(state.runner)),
  ];
}

/** What was run, what was counted, and what it therefore costs. */
function checkWork(note: Note): readonly Check[] {
  const { request, receipt, execution, counters, exitStatus } = note;
  const counter = counters.find(({ name }) => name === TASK_CLOCK)?.value;
  const phases = execution.phases.reduce((sum, phase) => sum + phase.taskClock, 0n);
  const amount = (): bigint =>
    amountOf(request.terms.price, counter ?? 0n, exitStatus, request.maximum);
  return [
    compared(
      'execution',
      'input of the execution',
      toHex(execution.input),
      toHex(request.envelope)
    ),
    compared(
      'task-clock',
      'task clock of all phases (ns)',
      phases,
      counter ?? 'a counter that the machine supports'
    ),
    checkBody(note),
    checked('amount', () =>
      compared('amount', 'amount in MINA', formatMina(receipt.amount), formatMina(amount()))
    ),
  ];
}

/** Counters, phases, exit status and amount are what the receipt commits to. */
const checkBody = (note: AnyNote): Check =>
  checked('body', () => {
    const { receipt, execution, counters, profile, exitStatus, blinding } = note;
    const { amount } = receipt;
    const commitment = bodyCommitment({
      ...{ execution: executionChain(execution), perf: perfRoot(counters, profile) },
      ...{ exitStatus, amount, blinding },
    });
    return compared('body', 'body', hex(receipt.body), hex(commitment));
  });

function checkTab(
  note: Note,
  { state, isSettled }: { state: TabState; isSettled: boolean }
): readonly Check[] {
  const { sequence } = note.receipt;
  const admissible = admits(state.window, sequence);
  return [
    checked('terms', () =>
      compared('terms', 'terms', hex(termsCommitment(note.request.terms)), hex(state.terms))
    ),
    {
      id: 'window',
      ok: admissible !== isSettled,
      detail: isSettled
        ? `number ${sequence} is ${admissible ? 'behind the settled head, yet not marked as ' : ''}settled`
        : `number ${sequence} is pending${admissible ? '' : ', yet can never be settled any more'}`,
    },
  ];
}

const hex = (field: bigint): string => field.toString(16).padStart(64, '0');
