import type { Command } from '../contracts/chain/command.ts';
import type { KeyPair } from '../contracts/chain/sign.ts';
import type { SignedRequest } from '../contracts/formats/request.ts';
import type { Terms } from '../contracts/formats/terms.ts';

export type { TabKeys, JobRecord, JobRecordState, TabStore };

/** What a requester must not lose of a tab: without it nothing more can be bought, and no sealed result opened. */
interface TabKeys {
  readonly terms: Terms;
  /** Signs requests, extensions and closings; moves no money anywhere else. */
  readonly requestKey: KeyPair;
  /** age identity that sealed results are for. */
  readonly identity: string;
}

/**
 * `reserved`: the number is taken, and nothing that was signed with it can take effect. `signed`: on its
 * way; see `resume`. `delivered`: the provider has it, or can fetch what the inbox names. `refused`: the
 * provider said no.
 */
type JobRecordState = 'reserved' | 'signed' | 'delivered' | 'refused';

/** What the requester knows of a job that it asked for. */
interface JobRecord {
  readonly sequence: number;
  readonly state: JobRecordState;
  /** Once signed. */
  readonly request?: SignedRequest;
  /** SHA-256 of the request block in hex, by which a provider's endpoint knows it. */
  readonly digest?: string;
  /** The sealed block, kept until it is delivered: without it a signed request is worth nothing. */
  readonly envelope?: Uint8Array;
  /**
   * The signed transaction that rings for it, from right before it is first sent until it is delivered.
   * Sending the very same again is safe: its nonce makes it happen once.
   */
  readonly command?: Command;
  /** Hash of that transaction, once a block has it. */
  readonly transaction?: string;
}

/**
 * Keys and jobs, kept where they outlive a crash: whatever resolves is durable. Money hangs on these.
 * A number that was reserved is never handed out again, whichever process or browser tab asks.
 */
interface TabStore {
  /** Called before any transaction of the tab is sent. @throws RequesterError `EXISTS` */
  createTab(keys: TabKeys): Promise<void>;
  /** @throws RequesterError `TAB_FILE`; FormatError `KEY` where `tab` is no address */
  readTab(tab: string): Promise<TabKeys>;
  /** For a tab whose opening was never sent, and its jobs: its key is gone, so that it can never be opened. */
  dropTab(tab: string): Promise<void>;
  /** Addresses, in no particular order. */
  listTabs(): Promise<readonly string[]>;
  /**
   * Takes the next number of a tab, before it is used.
   *
   * @param top highest settled number, for keys that were used elsewhere before
   */
  reserveSequence(tab: string, top: number): Promise<number>;
  /** Replaces the record of `job.sequence` whole. */
  writeJob(tab: string, job: JobRecord): Promise<void>;
  /** @returns `undefined` where no such job was asked for from here. @throws RequesterError `JOB_FILE` */
  readJob(tab: string, sequence: number): Promise<JobRecord | undefined>;
  /** By number. @throws RequesterError `JOB_FILE` */
  listJobs(tab: string): Promise<readonly JobRecord[]>;
}
