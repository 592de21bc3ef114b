import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { fromHex, toHex } from '../../contracts/formats/bytes.ts';
import { digestOf, rawCidOfBlock } from '../../contracts/formats/cid.ts';
import { encodeNote } from '../../contracts/formats/note.ts';
import { encodeReceipt } from '../../contracts/formats/receipt.ts';
import type { Job } from '../journal/job.ts';
import type { Context } from './context.ts';
import { DaemonError } from './error.ts';
import { noteOf, receiptOf } from './receipt.ts';
import { RESULT } from '../result/layout.ts';
import { requestOf, resultFolder } from './run.ts';
import type { VaultBlocks } from './vault.ts';

export { publish, note, republish };

/** Stores the result and the job's blocks on IPFS, then writes the receipt over them down. */
async function publish(context: Context, job: Job): Promise<Job> {
  const { journal, parts } = context;
  const options = { signal: context.deadline.signal };
  const folder = await assertThere(resultFolder(context, job));
  const output = digestOf(await parts.content.rootOf(join(folder, RESULT.outputs), options));
  const root = await parts.content.publish(folder, options);
  const receipt = receiptOf(job.outcome!, requestOf(context, job), output, digestOf(root));
  const block = encodeReceipt(receipt);
  for (const bytes of [...journal.blocks.ofJob(job.id), block])
    await parts.content.put(rawCidOfBlock(bytes), bytes, options);
  const published = journal.write('job.published', () => {
    journal.blocks.keep(job.id, 'receipt', block);
    return journal.jobs.transition(job, 'ran', 'published', {
      output: toHex(output),
      result: toHex(digestOf(root)),
      receipt: block,
    });
  });
  context.emit({ kind: 'published', ...context.about(job), result: root.toString() });
  return published;
}

/** Appends the receipt to the tab's log. Where it stands there already, that is its place. */
async function note(context: Context, job: Job): Promise<Job> {
  const { journal, parts } = context;
  const options = { signal: context.deadline.signal };
  const request = requestOf(context, job);
  const offer = await context.offers.current(job.service, {
    signal: context.within(context.policy.fetch),
  });
  const entry = {
    outcome: job.outcome!,
    request,
    receipt: job.receipt!,
    output: job.output!,
    source: offer.descriptor.source.commit,
    credentials: digestsOf(journal.blocks.vaultOf(job.id)),
  };
  return context.turns.pass(job.tab, async () => {
    const commit = await parts.log.append(
      {
        tab: job.tab,
        receipt: sha256(job.receipt!),
        build: (previous) => noteOf(entry, parts.key, previous),
      },
      options
    );
    const block = encodeNote(commit.note);
    await parts.content.put(rawCidOfBlock(block), block, options);
    const noted = journal.write('job.noted', () => {
      journal.blocks.keep(job.id, 'note', block);
      return journal.jobs.transition(job, 'published', 'noted', {
        note: toHex(sha256(block)),
        head: commit.id,
        parent: commit.parent,
      });
    });
    context.emit({ kind: 'noted', ...context.about(job), commit: commit.id });
    return noted;
  });
}

/**
 * Stores again what the daemon has published of a job, from the journal and the result folder: a
 * host may lose what it was given before the tab is settled (I5).
 *
 * @throws {DaemonError} `RESULT_LOST`
 */
async function republish(
  context: Context,
  job: Job,
  options: { signal?: AbortSignal } = {}
): Promise<void> {
  const { journal, parts } = context;
  for (const bytes of journal.blocks.ofJob(job.id))
    await parts.content.put(rawCidOfBlock(bytes), bytes, options);
  if (job.result === undefined) return;
  const folder = await assertThere(resultFolder(context, job));
  const root = await parts.content.publish(folder, options);
  if (toHex(digestOf(root)) !== toHex(fromHex(job.result, 32)))
    throw new DaemonError(
      'RESULT_LOST',
      `the result folder of job ${job.id} was changed: its root is ${root.toString()}; restore it`
    );
}

/** As a note lists them: sorted, each once, whatever the names. */
const digestsOf = (vault: VaultBlocks): readonly string[] =>
  [...new Set([...vault.values()].map((block) => toHex(sha256(block))))].sort();

async function assertThere(folder: string): Promise<string> {
  try {
    await access(folder);
  } catch (cause) {
    throw new DaemonError(
      'RESULT_LOST',
      `the result folder ${folder} is gone; restore it, since the job is not run twice`,
      { cause }
    );
  }
  return folder;
}
