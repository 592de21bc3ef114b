import { promises } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CID } from 'multiformats/cid';
import { accountUpdate, draft } from '../../contracts/chain/command.ts';
import { readNextNonce } from '../../contracts/chain/find-command.ts';
import { sendCommand } from '../../contracts/chain/send.ts';
import {
  type KeyPair,
  generateKeyPair,
  signCommand,
  signFieldElements,
} from '../../contracts/chain/sign.ts';
import { utf8 } from '../../contracts/formats/bytes.ts';
import { digestOf, rawCidOfBlock } from '../../contracts/formats/cid.ts';
import { priceOf } from '../../contracts/formats/descriptor.ts';
import { executionChain } from '../../contracts/formats/execution.ts';
import {
  type LogCommit,
  encodeGenesis,
  encodeLogCommit,
  notesRef,
} from '../../contracts/formats/log-commit.ts';
import {
  type Note,
  blobOf,
  commitOfNote,
  encodeNote,
  noteTree,
} from '../../contracts/formats/note.ts';
import { perfRoot } from '../../contracts/formats/perf.ts';
import { tabPermissions } from '../../contracts/formats/permissions.ts';
import { PROTOCOL } from '../../contracts/formats/protocol.ts';
import {
  bodyCommitment,
  encodeReceipt,
  receiptCommitment,
} from '../../contracts/formats/receipt.ts';
import { type TabState, encodeTabState } from '../../contracts/formats/tab-state.ts';
import type { Terms } from '../../contracts/formats/terms.ts';
import { openClone } from '../../git/clone.ts';
import { digestOf as rootOf, publishDirectory } from '../../ipfs/publish.ts';
import { putBlock } from '../../ipfs/store.ts';
import { publishServiceWith } from '../../requester/service.ts';
import { keyWallet } from '../../requester/wallet.ts';
import { type Parties, makeNote, makeParties, makeTerms } from '../fixtures/job-fixture.ts';
import { descriptor } from '../vectors/sample.ts';
import { MINA, type Market } from './market.ts';

export { type Story, Chronicle };

/** A tab with two honest jobs in its log. */
interface Story {
  readonly parties: Parties;
  readonly terms: Terms;
  readonly notes: readonly Note[];
  /** Ids of the log's commits. */
  readonly commits: readonly string[];
}

/** Writes logs, blocks and accounts down where a requester looks for them: as they should be, or not. */
class Chronicle {
  private constructor(
    private readonly market: Market,
    private readonly provider: KeyPair,
    readonly service: KeyPair,
    /** Digests of a result that is there, and of its outputs. */
    readonly root: Uint8Array,
    readonly output: Uint8Array
  ) {}

  static async begin(market: Market, provider: KeyPair): Promise<Chronicle> {
    const key = generateKeyPair();
    const keyset = market.keyset(provider.publicKey);
    await publishServiceWith(market.requester, { descriptor, keyset, key }, keyWallet(provider));
    const folder = join(market.folder, 'published');
    await mkdir(join(folder, 'outputs'), { recursive: true });
    await writeFile(join(folder, 'outputs', 'app.js'), 'export {};');
    await writeFile(join(folder, 'log.txt'), 'done');
    const output = digestOf((await rootOf(join(folder, 'outputs'))).cid);
    const root = digestOf((await publishDirectory(folder, market.ipfs.node.store)).cid);
    return new Chronicle(market, provider, key, root, output);
  }

  /** Two jobs, their log, their blocks, and an account with the state asked for. */
  async tell(stateOf: (story: Story) => TabState): Promise<Story> {
    const { service, provider: payee } = this;
    const parties = { ...makeParties(), service, runner: this.market.runner, payee };
    const terms = makeTerms(parties, { price: priceOf(descriptor) });
    const first = await this.note(parties, terms, { sequence: 1 });
    const previous = rawCidOfBlock(encodeNote(first));
    const notes = [first, await this.note(parties, terms, { sequence: 2, previous })];
    const commits = await this.writeLog('log.git', terms.tab, notes);
    const story = { parties, terms, notes, commits };
    await this.open(parties.tab, stateOf(story));
    return story;
  }

  /** A job over the result that is there, signed, its receipt on IPFS. */
  async note(
    parties: Parties,
    terms: Terms,
    choice: Parameters<typeof makeNote>[2],
    output = this.output
  ): Promise<Note> {
    const note = { ...makeNote(parties, terms, choice), source: descriptor.source.commit };
    const execution = { ...note.execution, output };
    const body = bodyCommitment({
      execution: executionChain(execution),
      perf: perfRoot(note.counters, note.profile),
      exitStatus: note.exitStatus,
      amount: note.receipt.amount,
      blinding: note.blinding,
    });
    const receipt = { ...note.receipt, result: this.root, body };
    const signature = signFieldElements([receiptCommitment(receipt)], parties.runner.privateKey);
    await this.keep(encodeReceipt(receipt));
    return { ...note, execution, receipt, signature };
  }

  keep(bytes: Uint8Array): Promise<CID> {
    return putBlock(bytes, this.market.ipfs.node.store);
  }

  /** Objects into a bare repository of the host, as a runner would push them; or as a liar would. */
  async writeLog(
    repository: string,
    tab: string,
    notes: readonly Note[],
    {
      commit: mendCommit = (commit: LogCommit) => commit,
      blob: mendBlob = (bytes: Uint8Array) => bytes,
    } = {}
  ): Promise<readonly string[]> {
    await this.market.git.createRepository(repository);
    const clone = await openClone({ promises }, join(this.market.folder, 'git', repository));
    await clone.write(utf8.encode('tree 0\0'));
    let parent = await clone.write(encodeGenesis(tab));
    const ids: string[] = [];
    for (const note of notes) {
      const bytes = mendBlob(encodeNote(note));
      await clone.write(blobOf(bytes));
      const tree = await clone.write(noteTree(note.source, bytes));
      const { commit } = commitOfNote(note, parent);
      parent = await clone.write(encodeLogCommit(mendCommit({ ...commit, tree })));
      ids.push(parent);
    }
    await clone.point(notesRef(tab), parent);
    return ids;
  }

  /** As an opener may: with any first state. */
  private async open(tab: KeyPair, state: TabState): Promise<void> {
    const { node, pinned, networkId } = this.market.requester;
    const { publicKey, privateKey } = await this.market.wallet();
    const updates = [
      accountUpdate(publicKey, {
        authorization: 'signature',
        balanceChange: -(MINA + PROTOCOL.accountCreationFee),
      }),
      accountUpdate(tab.publicKey, {
        authorization: 'signature',
        balanceChange: MINA,
        state: encodeTabState(state),
        verificationKey: pinned.Tab,
        permissions: tabPermissions,
        isNew: true,
      }),
    ];
    const nonce = await readNextNonce(node, publicKey);
    const unsigned = draft({ publicKey, fee: MINA / 10n, nonce }, updates);
    const signed = signCommand(unsigned, [tab.privateKey, privateKey], networkId);
    await sendCommand(node, signed, { interval: 30 });
  }
}
