import { cp, rename } from 'node:fs/promises';
import { beginResult, completeResult } from '../result/directory.ts';
import { withholdSecrets } from '../result/withhold.ts';
import { type StatementInput, jobStatement } from './statement.ts';

export { layOutResult, type ResultInput };

interface ResultInput extends StatementInput {
  readonly secrets: readonly Uint8Array[];
  /** age recipient that every file is sealed to; `undefined` for a result that is public. */
  readonly recipient: string | undefined;
}

/**
 * Lays the result directory of a job out at `folder`, sealed where it has a recipient.
 * @returns SHA-256 of the profile as published
 */
async function layOutResult(folder: string, input: ResultInput): Promise<Uint8Array> {
  const { outcome, recipient, secrets } = input;
  const outputs = await beginResult(folder);
  await moveFolder(outcome.outputs, outputs);
  const withheld = recipient === undefined ? await withholdSecrets(outputs, secrets) : [];
  const notes = withheld.map((path) => `left out ${path}: it holds one of the job's secrets\n`);
  return completeResult(folder, {
    ...{ counters: outcome.counters, phases: outcome.phases, profile: outcome.profile },
    log: outcome.log + notes.join(''),
    recipient,
    statement: (files) => jobStatement(input, files),
  });
}

/** By name where both are on one disk, else by copy. */
async function moveFolder(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await cp(from, to, { recursive: true });
  }
}
