import { Field, Mina, PrivateKey, type Proof, PublicKey, Signature, UInt64 } from 'o1js';
import {
  accountUpdate,
  draft,
  type AccountUpdate,
  type Draft,
  type FeePayer,
} from '../../../contracts/chain/command.ts';
import { openTab } from '../../../contracts/chain/open-tab.ts';
import { pinned } from '../../../contracts/chain/pinned.ts';
import { publishService } from '../../../contracts/chain/publish-service.ts';
import {
  generateKeyPair,
  signCommand,
  signFieldElements,
  type KeyPair,
} from '../../../contracts/chain/sign.ts';
import { commitOfNote, type Note } from '../../../contracts/formats/note.ts';
import { tabPermissions } from '../../../contracts/formats/permissions.ts';
import { PROTOCOL } from '../../../contracts/formats/protocol.ts';
import {
  encodeTabState,
  openingState,
  parseTabState,
  type TabState,
} from '../../../contracts/formats/tab-state.ts';
import { keyHash, termsCommitment, type Terms } from '../../../contracts/formats/terms.ts';
import { cursorOfState } from '../../../contracts/programs/job-of-note.ts';
import { JobLogProof, LogClaim } from '../../../contracts/programs/job-log.ts';
import { Cursor } from '../../../contracts/provable/job.ts';
import type { LogEntry } from '../../../oracle/read/entry.ts';
import { foldPlain } from '../../../oracle/witness/fold.ts';
import { makeParties, makeTerms, type Parties } from '../../fixtures/job-fixture.ts';

export {
  type Chain,
  Market,
  MINA,
  SERVICE_STATE,
  claimOf,
  dummyProofOf,
  key,
  signatureOver,
  stateOf,
};

type Chain = Awaited<ReturnType<typeof Mina.LocalBlockchain>>;

const MINA = 1_000_000_000n;
const FEE = MINA / 10n;
const key = (text: string): PublicKey => PublicKey.fromBase58(text);

const SERVICE_STATE = {
  descriptor: new Uint8Array(32).fill(1),
  keyset: new Uint8Array(32).fill(2),
  epoch: 0,
  paused: false,
};

/** A chain with a published service, and the keys of everybody around it. */
class Market {
  private constructor(
    readonly chain: Chain,
    readonly wallet: KeyPair,
    readonly owner: KeyPair,
    readonly us: Parties
  ) {}

  static async create({ proofsEnabled = false } = {}): Promise<Market> {
    const chain = await Mina.LocalBlockchain({ proofsEnabled });
    Mina.setActiveInstance(chain);
    const [wallet, owner] = chain.testAccounts.slice(0, 2).map((account) => ({
      publicKey: account.toBase58(),
      privateKey: account.key.toBase58(),
    })) as [KeyPair, KeyPair];
    const market = new Market(chain, wallet, owner, makeParties());
    for (const { publicKey } of [market.us.payee, market.us.refund])
      chain.addAccount(key(publicKey), String(MINA));
    market.publish(market.us.service);
    return market;
  }

  publish(service: KeyPair): void {
    const state = {
      ...SERVICE_STATE,
      owner: keyHash(this.owner.publicKey),
      runner: keyHash(this.us.runner.publicKey),
    };
    const options = { payer: this.payer(), service: service.publicKey, state };
    this.submit(publishService({ ...options, verificationKey: pinned.Service }), service);
  }

  /** Opens a tab as the app does, by signatures of its fresh key and of the wallet. */
  open(changes: Partial<Terms> = {}, { expiry = 1000, amount = 20n * MINA } = {}): Terms {
    const tab = generateKeyPair();
    const terms = makeTerms({ ...this.us, tab }, changes);
    const options = { payer: this.payer(), terms, expiry, amount };
    this.submit(openTab({ ...options, verificationKey: pinned.Tab }), tab);
    return terms;
  }

  /** Opens a tab with any first state: nothing proves that one. */
  openWith(change: Partial<TabState>, amount = 20n * MINA): Terms {
    const tab = generateKeyPair();
    const terms = makeTerms({ ...this.us, tab });
    const state = encodeTabState({ ...openingState(terms, 1000), ...change });
    this.submitUpdates(
      [
        this.payment(amount + PROTOCOL.accountCreationFee),
        accountUpdate(terms.tab, {
          authorization: 'signature',
          balanceChange: amount,
          state,
          verificationKey: pinned.Tab,
          permissions: tabPermissions,
        }),
      ],
      tab
    );
    return terms;
  }

  /** What the wallet adds to a command of its own. */
  payment(amount: bigint): AccountUpdate {
    return accountUpdate(this.wallet.publicKey, {
      authorization: 'signature',
      balanceChange: -amount,
    });
  }

  submitUpdates(updates: readonly AccountUpdate[], ...signers: KeyPair[]): void {
    this.submit(draft(this.payer(), updates), ...signers);
  }

  /** Signs without o1js and sends; throws what the chain answers. */
  submit(unsigned: Draft, ...signers: KeyPair[]): void {
    const keys = [...signers, this.wallet].map(({ privateKey }) => privateKey);
    this.apply(JSON.stringify(signCommand(unsigned, [...new Set(keys)], 'mina:testnet')));
  }

  /** Builds, proves (with a dummy where the chain checks no proofs), signs and sends. */
  async transact(body: () => Promise<void>, ...signers: KeyPair[]): Promise<void> {
    const tx = await this.prove(body);
    const keys = [this.wallet, ...signers].map(({ privateKey }) => privateKey);
    tx.sign(keys.map((each) => PrivateKey.fromBase58(each)));
    if (this.chain.proofsEnabled) await tx.send();
    else this.apply(tx.toJSON());
  }

  async prove(body: () => Promise<void>): Promise<Awaited<ReturnType<typeof Mina.transaction>>> {
    const sender = key(this.wallet.publicKey);
    const tx = await Mina.transaction({ sender, fee: Number(FEE) }, body);
    await tx.prove();
    return tx;
  }

  balanceOf(account: string): bigint {
    return this.chain.getAccount(key(account)).balance.toBigInt();
  }

  /** The protocol's own logic: signatures, permissions, preconditions, balances; no proofs. */
  private apply(json: string): void {
    try {
      this.chain.applyJsonTransaction(json);
    } catch (error) {
      throw error instanceof Error ? error : Error(JSON.stringify(error));
    }
  }

  private payer(): FeePayer {
    const { publicKey } = this.wallet;
    const { nonce } = this.chain.getAccount(key(publicKey));
    return { publicKey, fee: FEE, nonce: Number(nonce.toBigint()) };
  }
}

function stateOf(chain: Chain, tab: string): TabState {
  const { zkapp } = chain.getAccount(key(tab));
  return parseTabState(zkapp!.appState.map((field) => field.toBigInt()));
}

/** What an honest proof over these notes says, by the plain fold. */
function claimOf(
  terms: Terms,
  before: TabState,
  notes: readonly Note[]
): { claim: LogClaim; after: TabState; total: bigint } {
  const entries: LogEntry[] = [];
  for (const note of notes)
    entries.push({ note, ...commitOfNote(note, entries.at(-1)?.id ?? before.head) });
  const { state: after, total } = foldPlain(before, entries);
  const { head, log, window } = cursorOfState(after);
  const to = new Cursor({ head, log, window, total: UInt64.from(total) });
  const runner = Field(keyHash(notes[0]!.runner));
  const commitment = Field(termsCommitment(terms));
  return {
    claim: LogClaim.between(commitment, runner, cursorOfState(before), to),
    after,
    total,
  };
}

let dummy: Promise<Proof<undefined, LogClaim>> | undefined;

/** A proof object of no proof at all, for a chain that checks none. */
async function dummyProofOf(claim: LogClaim): Promise<JobLogProof> {
  dummy ??= JobLogProof.dummy(undefined, claim, 2, 15);
  const { proof } = await dummy;
  return new JobLogProof({
    proof,
    publicInput: undefined,
    publicOutput: claim,
    maxProofsVerified: 2,
  });
}

const signatureOver = (commitment: bigint, { privateKey }: KeyPair): Signature =>
  Signature.fromValue(signFieldElements([commitment], privateKey));
