import { sha256 } from '@noble/hashes/sha2.js';
import type { CID } from 'multiformats/cid';
import { amountOf } from '../../contracts/formats/amount.ts';
import { utf8 } from '../../contracts/formats/bytes.ts';
import { executionChain } from '../../contracts/formats/execution.ts';
import type { Note } from '../../contracts/formats/note.ts';
import { perfRoot } from '../../contracts/formats/perf.ts';
import { bodyCommitment, receiptCommitment } from '../../contracts/formats/receipt.ts';
import { requestCommitment } from '../../contracts/formats/request.ts';
import { MINA_TOKEN, type Terms } from '../../contracts/formats/terms.ts';
import { type KeyPair, generateKeyPair, signFieldElements } from '../../contracts/chain/sign.ts';

export { type Parties, SOURCE, parties, signedNote, digest };

const SOURCE = '0123456789abcdef0123456789abcdef01234567';
const digest = (text: string): Uint8Array => sha256(utf8.encode(text));

/** Everybody around one fresh tab, with the keys that sign. */
interface Parties {
  readonly terms: Terms;
  readonly tab: string;
  readonly requester: KeyPair;
  readonly runner: KeyPair;
}

function parties(): Parties {
  const requester = generateKeyPair();
  const tab = generateKeyPair().publicKey;
  const terms: Terms = {
    network: 'mina:testnet',
    tab,
    service: generateKeyPair().publicKey,
    requestKey: requester.publicKey,
    refund: generateKeyPair().publicKey,
    payee: generateKeyPair().publicKey,
    price: { base: 10_000_000n, perSecond: 2_500_000n },
    token: MINA_TOKEN,
    cap: 1_000_000_000n,
  };
  return { terms, tab, requester, runner: generateKeyPair() };
}

/** An honest runner's note for job `sequence`, every signature and commitment real. */
function signedNote(
  { terms, requester, runner }: Parties,
  sequence: number,
  previous: CID | null,
  {
    taskClock = 62_000_000_001n,
    maximum = 500_000_000n,
    exitStatus = 0,
    finishedAt = 1_790_000_000 + sequence,
    source = SOURCE,
  } = {}
): Note {
  const order = {
    terms,
    sequence,
    envelope: digest(`envelope ${sequence}`),
    maximum,
    validUntil: 123_456,
  };
  const request = {
    ...order,
    signature: signFieldElements([requestCommitment(order)], requester.privateKey),
  };
  const execution = {
    source: digest('source'),
    input: order.envelope,
    phases: [
      { name: 'test', script: digest('make test'), exitStatus, milliseconds: 61_234n, taskClock },
    ],
    output: digest(`output ${sequence}`),
  };
  const counters = [
    { name: 'task-clock', unit: 'ns', value: taskClock },
    { name: 'instructions', unit: 'count', value: undefined },
  ];
  const profile = digest('profile');
  const blinding = 0x1234_5678_9abc_def0n + BigInt(sequence);
  const amount = amountOf(terms.price, taskClock, exitStatus, maximum);
  const receipt = {
    sequence,
    request: requestCommitment(order),
    result: digest(`result ${sequence}`),
    body: bodyCommitment({
      execution: executionChain(execution),
      perf: perfRoot(counters, profile),
      exitStatus,
      amount,
      blinding,
    }),
    amount,
    finishedAt,
  };
  return {
    receipt,
    request,
    runner: runner.publicKey,
    signature: signFieldElements([receiptCommitment(receipt)], runner.privateKey),
    source,
    execution,
    exitStatus,
    counters,
    profile,
    blinding,
    previous,
  };
}
