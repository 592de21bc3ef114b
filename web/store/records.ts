import * as v from 'valibot';
import { fromHex, toHex } from '../../contracts/formats/bytes.ts';
import { MAX_ENVELOPE_BYTES } from '../../contracts/formats/envelope.ts';
import { isKey } from '../../contracts/formats/key.ts';
import { RequesterError } from '../../requester/error.ts';
import { encodeJobRecord, parseJobRecord } from '../../requester/job-record.ts';
import type { JobRecord, TabKeys } from '../../requester/store.ts';
import { encodeTabKeys, parseTabKeys } from '../../requester/tab-keys.ts';

export { JobRow, encodeTab, parseTab, encodeJob, parseJob };

/** A job as stored and exported. */
const JobRow = v.strictObject({
  tab: v.pipe(v.string(), v.check(isKey, 'expected an address')),
  sequence: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 32 - 1)),
  /** Parsed by {@link parseJob}. */
  record: v.unknown(),
  /** In hex. */
  envelope: v.nullable(
    v.pipe(v.string(), v.maxLength(2 * MAX_ENVELOPE_BYTES), v.regex(/^([0-9a-f]{2})*$/))
  ),
});
type JobRow = v.InferOutput<typeof JobRow>;

const encodeTab = encodeTabKeys;

/**
 * @param tab default: whatever the keys are of
 * @throws RequesterError `TAB_FILE`; what it holds is kept out of the sentence
 */
function parseTab(row: unknown, tab?: string): TabKeys {
  try {
    return parseTabKeys(row, tab ?? v.parse(v.object({ tab: v.string() }), row).tab);
  } catch (cause) {
    throw new RequesterError(
      'TAB_FILE',
      `The keys kept for ${tab ?? 'a tab'} are damaged; import them from your key file.`,
      { cause }
    );
  }
}

const encodeJob = (tab: string, job: JobRecord): JobRow => ({
  tab,
  sequence: job.sequence,
  record: encodeJobRecord(job),
  envelope: job.envelope === undefined ? null : toHex(job.envelope),
});

/** @throws RequesterError `JOB_FILE` */
function parseJob(row: unknown, tab: string, sequence: number): JobRecord {
  try {
    const { record, envelope, ...of } = v.parse(JobRow, row);
    if (of.tab !== tab || of.sequence !== sequence) throw new Error('of another job');
    const job = parseJobRecord(record, tab, sequence);
    return envelope === null ? job : { ...job, envelope: fromHex(envelope, envelope.length / 2) };
  } catch (cause) {
    throw new RequesterError(
      'JOB_FILE',
      `What is kept of job ${sequence} of ${tab} is damaged; import your key file.`,
      { cause }
    );
  }
}
