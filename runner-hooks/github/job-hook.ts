/**
 * What a GitHub runner's job-started and job-completed hooks run, bundled into one file:
 * `node github-job.cjs started|completed <mailbox> [--strict] [--market-only]`.
 *
 * Exits with 0, with 78 where the job may not run here, or with 70 for a fault of ours, which the shell
 * script around it lets pass unless told not to.
 */
import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { callAgent } from './call.ts';
import { GithubError } from './error.ts';
import { type EventFacts, MAX_EVENT_BYTES, factsOf } from './event.ts';
import { postReport } from './mailbox.ts';
import { type Stage, BOUGHT_MILLISECONDS } from './report.ts';
import { sightingOf } from './sighting.ts';

const REFUSED = 78;
const FAULT = 70;
/** No job waits longer for us. */
const DEADLINE_MILLISECONDS = 5_000;
const ANSWER_MILLISECONDS = 3_000;

const say = (text: string): void => void process.stdout.write(`Runproof: ${text}\n`);

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { strict: { type: 'boolean' }, 'market-only': { type: 'boolean' } },
  });
  const [stage, mailbox] = positionals as [Stage, string];
  const marketOnly = values['market-only'] === true;
  const { env } = process;
  const { report, masks } = sightingOf(stage, {
    ...{ from: process.ppid, environment: env, marketOnly },
    // By the end a step may have written another.
    event: stage === 'started' ? readEvent(env.GITHUB_EVENT_PATH) : factsOf(undefined),
  });
  const name = postReport(mailbox, report);
  const waits =
    stage === 'started' && (marketOnly || values.strict === true || report.event.ticket !== null);
  const isBought = report.event.ticket !== null;
  if (isBought) clearTimeout(deadline);
  const patience = isBought ? BOUGHT_MILLISECONDS : ANSWER_MILLISECONDS;
  const answer = await callAgent(
    mailbox,
    { report: name, masks: [...masks] },
    waits ? patience : 0
  );
  if (!waits) {
    if (answer === undefined) say('the agent is away; this job is recorded without its counters.');
    return answer === undefined ? FAULT : 0;
  }
  if (answer === undefined || answer === 'told') {
    say(`the agent does not answer${marketOnly ? ', and only bought runs may run here' : ''}.`);
    return marketOnly ? REFUSED : FAULT;
  }
  if (answer.reason !== undefined) say(answer.reason);
  if (answer.isFault === true && !marketOnly) return FAULT;
  if (!answer.accepted) return REFUSED;
  for (const [key, value] of Object.entries(answer.environment)) setVariable(key, value);
  return 0;
}

function readEvent(path: string | undefined): EventFacts {
  try {
    if (path === undefined || statSync(path).size > MAX_EVENT_BYTES) return factsOf(undefined);
    return factsOf(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return factsOf(undefined);
  }
}

/** For all steps of the job. Ours are names and paths, which need no quoting. */
function setVariable(name: string, value: string): void {
  const file = process.env.GITHUB_ENV;
  if (file === undefined || !/^RUNPROOF_[A-Z]+$/.test(name) || !/^[\w./-]+$/.test(value))
    throw new GithubError('REPORT', `the agent's answer names ${JSON.stringify(name)}.`);
  appendFileSync(file, `${name}=${value}\n`);
}

const deadline = setTimeout(() => process.exit(FAULT), DEADLINE_MILLISECONDS);
main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    process.exit(FAULT);
  }
);
