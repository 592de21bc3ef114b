export { type PipelineFile, readPipelineFile };

import * as v from 'valibot';

const text = v.pipe(v.string(), v.maxLength(65_536));
const lines = v.pipe(
  v.union([text, v.array(text)]),
  v.transform((value) => (typeof value === 'string' ? [value] : value))
);

const JobSchema = v.object({
  script: lines,
  before_script: v.optional(lines, []),
  after_script: v.optional(lines, []),
  timeout: v.optional(v.pipe(text, v.regex(/^[0-9]+ (seconds|minutes)$/))),
  artifacts: v.optional(v.object({ paths: v.array(text) })),
  tags: v.optional(v.array(text)),
});

/** The part of `.gitlab-ci.yml` that the embedded forge plays: one job. */
type PipelineFile = v.InferOutput<typeof JobSchema> & {
  readonly name: string;
  /** After which the runner ends the job. */
  readonly seconds: number;
};

/** @returns `undefined` for what is no pipeline that can be played here */
async function readPipelineFile(file: Buffer): Promise<PipelineFile | undefined> {
  // Only checkouts run forges; an installed command line has no parser for their files.
  const { parse } = await import('yaml');
  try {
    const jobs = v.parse(v.record(text, v.unknown()), parse(file.toString()));
    const own = Object.entries(jobs).filter(
      ([key]) => !KEYWORDS.includes(key) && !key.startsWith('.')
    );
    const [[name, job] = []] = own;
    if (name === undefined || own.length > 1) return undefined;
    const parsed = v.parse(JobSchema, job);
    return { name, seconds: secondsOf(parsed.timeout), ...parsed };
  } catch {
    return undefined;
  }
}

/** Of an hour unless it says otherwise, as a project's. */
function secondsOf(timeout = '60 minutes'): number {
  const [count, unit] = timeout.split(' ');
  return Number(count) * (unit === 'seconds' ? 1 : 60);
}

const KEYWORDS = ['stages', 'variables', 'workflow', 'default', 'include', 'image'];
