export type { Forge, ForgeRun, Conclusion, Found, Artifact };

import type { Origin } from '../../contracts/formats/origin.ts';
import type { Ticket } from '../record/ticket.ts';

/** How a run ended in its forge's eyes. */
type Conclusion = 'success' | 'failure' | 'cancelled' | 'timeout';

/** What the forge says of a run now. */
interface ForgeRun {
  /** What it was asked to check out. */
  readonly commit: string;
  /** `undefined` while it waits or runs. */
  readonly conclusion: Conclusion | undefined;
  /** Somebody has begun it again: what it has left may be of a later try. */
  readonly wasRetried: boolean;
}

/** Whether a run was made for a ticket: its number, or none, or nobody can tell before it is claimed. */
type Found = { readonly run: string } | 'none' | 'unclear';

/** A zip archive, or why it cannot be had. */
type Artifact =
  | { readonly folder: string; readonly archive: Uint8Array }
  | { readonly path: string; readonly missing: string };

/**
 * What a forge's API has to give for a bought job; every method throws `ForgeError`. Repository,
 * commit and workflow are the ticket's, and a run is its decimal number.
 */
interface Forge {
  readonly name: 'github' | 'gitlab';
  /** As it stands in addresses, with the port where that is not the usual one. */
  readonly host: string;
  /** Where a branch or tag stands, by its full name. */
  commitOf(repository: string, ref: string): Promise<string | undefined>;
  /** SHA-256 of a file at a commit, hex. */
  digestOf(repository: string, path: string, commit: string): Promise<string | undefined>;
  /** Asks once, since a second request may be a second run. `undefined` where the forge names no run. */
  dispatch(ticket: Ticket, ref: string): Promise<string | undefined>;
  /** Looks for the run of a ticket after a crash between asking and writing down what was answered. */
  find(ticket: Ticket): Promise<Found>;
  /** @param origin of the run's job, once that has claimed the ticket */
  look(ticket: Ticket, run: string, origin: Origin | undefined): Promise<ForgeRun>;
  cancel(ticket: Ticket, run: string): Promise<void>;
  /** What the job has said, raw. */
  log(ticket: Ticket, origin: Origin): Promise<Uint8Array>;
  /** Archives with what the job has left, as far as it was declared. */
  artifacts(
    ticket: Ticket,
    origin: Origin,
    declared: readonly string[],
    maxBytes: number
  ): Promise<readonly Artifact[]>;
}
