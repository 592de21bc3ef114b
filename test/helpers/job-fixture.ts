import { randomBytes } from 'node:crypto';
import { sha256 } from '@noble/hashes/sha2.js';
import { generateKeyPair, signFieldElements, type KeyPair } from '../../contracts/chain/sign.ts';
import { amountOf } from '../../contracts/formats/amount.ts';
import type { CID } from 'multiformats/cid';
import { rawCidOfBlock } from '../../contracts/formats/cid.ts';
import { executionChain, type Execution } from '../../contracts/formats/execution.ts';
import { encodeNote, type Note } from '../../contracts/formats/note.ts';
import { perfRoot, type Counter } from '../../contracts/formats/perf.ts';
import {
  bodyCommitment,
  receiptCommitment,
  type Receipt,
} from '../../contracts/formats/receipt.ts';
import { requestCommitment, type Request } from '../../contracts/formats/request.ts';
import type { Terms } from '../../contracts/formats/terms.ts';

export { type Parties, makeParties, makeTerms, makeNote, makeNotes, type JobChoice };

/** Everybody's keys. */
interface Parties {
  readonly tab: KeyPair;
  readonly service: KeyPair;
  readonly requester: KeyPair;
  readonly refund: KeyPair;
  readonly payee: KeyPair;
  readonly runner: KeyPair;
}

const makeParties = (): Parties => ({
  tab: generateKeyPair(),
  service: generateKeyPair(),
  requester: generateKeyPair(),
  refund: generateKeyPair(),
  payee: generateKeyPair(),
  runner: generateKeyPair(),
});

const makeTerms = (parties: Parties, changes: Partial<Terms> = {}): Terms => ({
  network: 'mina:testnet',
  tab: parties.tab.publicKey,
  service: parties.service.publicKey,
  requestKey: parties.requester.publicKey,
  refund: parties.refund.publicKey,
  payee: parties.payee.publicKey,
  price: { base: 1_000_000n, perSecond: 250_000_000n },
  token: 1n,
  cap: 5_000_000_000n,
  ...changes,
});

interface JobChoice {
  readonly sequence: number;
  readonly taskClock?: bigint;
  readonly exitStatus?: number;
  readonly maximum?: bigint;
  readonly finishedAt?: number;
  readonly previous?: CID | null;
  readonly phases?: number;
  readonly signer?: KeyPair;
}

const digest = (): Uint8Array => Uint8Array.from(randomBytes(32));

/** A job as an honest runner would write it down. */
function makeNote(parties: Parties, terms: Terms, choice: JobChoice): Note {
  const { sequence, taskClock = 1_234_567_890n, exitStatus = 0, phases = 2 } = choice;
  const unsigned: Request = {
    terms,
    sequence,
    envelope: digest(),
    maximum: choice.maximum ?? 2_000_000_000n,
    validUntil: 4_000,
  };
  const request = {
    ...unsigned,
    signature: signFieldElements([requestCommitment(unsigned)], parties.requester.privateKey),
  };
  const execution: Execution = {
    source: digest(),
    input: request.envelope,
    phases: Array.from({ length: phases }, (_, i) => ({
      name: `phase-${i}`,
      script: sha256(Uint8Array.of(i)),
      exitStatus: i === phases - 1 ? exitStatus % 1024 : 0,
      milliseconds: 700n + BigInt(i),
      taskClock: i === 0 ? taskClock - BigInt(phases - 1) : 1n,
    })),
    output: digest(),
  };
  const counters: Counter[] = [
    { name: 'task-clock', unit: 'ns', value: taskClock },
    { name: 'page-faults', unit: 'count', value: 812n },
    { name: 'cycles', unit: 'count', value: undefined },
  ];
  const profile = digest();
  const amount = amountOf(terms.price, taskClock, exitStatus, request.maximum);
  const body = {
    execution: executionChain(execution),
    perf: perfRoot(counters, profile),
    exitStatus,
    amount,
    blinding: BigInt(`0x${randomBytes(31).toString('hex')}`),
  };
  const receipt: Receipt = {
    sequence,
    request: requestCommitment(request),
    result: digest(),
    body: bodyCommitment(body),
    amount,
    finishedAt: choice.finishedAt ?? 1_795_200_000 + sequence,
  };
  const signer = choice.signer ?? parties.runner;
  return {
    receipt,
    request,
    runner: signer.publicKey,
    signature: signFieldElements([receiptCommitment(receipt)], signer.privateKey),
    source: 'c0ffee0000000000000000000000000000000001',
    execution,
    exitStatus,
    counters,
    profile,
    blinding: body.blinding,
    previous: choice.previous ?? null,
  };
}

/** Notes in log order, each linked to the one before. */
function makeNotes(parties: Parties, terms: Terms, choices: readonly JobChoice[]): Note[] {
  let previous: CID | null = null;
  return choices.map((choice) => {
    const note = makeNote(parties, terms, { ...choice, previous });
    previous = rawCidOfBlock(encodeNote(note));
    return note;
  });
}
