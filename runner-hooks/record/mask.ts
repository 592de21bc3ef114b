export { type Needles, needlesOf, maskText, maskOrigin };

import type { Origin } from '../../contracts/formats/origin.ts';
import { MAX_SECRETS_BYTES, MIN_SECRET_BYTES, scrubText } from '../sandbox/secrets.ts';

/** What is looked for in all that is published of a run. */
interface Needles {
  readonly secrets: readonly Uint8Array[];
  /** Some cannot be looked for: then no text is published that the job had a hand in. */
  readonly tooMany: boolean;
}

/**
 * Masks of fewer than six bytes would be found everywhere by chance, and are left out.
 * @param more `undefined` where there are some that nobody knows any more
 */
function needlesOf(masks: readonly string[], more: readonly string[] | undefined): Needles {
  const secrets = [...new Set([...masks, ...(more ?? [])])]
    .map((mask) => new TextEncoder().encode(mask))
    .filter(({ length }) => length >= MIN_SECRET_BYTES);
  const bytes = secrets.reduce((sum, { length }) => sum + length, 0);
  return { secrets, tooMany: more === undefined || bytes > MAX_SECRETS_BYTES };
}

const maskText = (text: string, { secrets, tooMany }: Needles): string =>
  tooMany ? WITHHELD : scrubText(text, secrets);

const WITHHELD = '[withheld]';

/**
 * The origin with secrets taken out of what people and branches are called. Commit, digests, numbers and
 * host have no room for one.
 */
function maskOrigin(origin: Origin, needles: Needles): Origin {
  const mask = (text: string, most = 255): string => {
    const masked = maskText(text, needles);
    return masked.length <= most ? masked : WITHHELD;
  };
  const { repository, workflow, job, event, actor, ref } = origin;
  return {
    ...origin,
    repository: mask(repository),
    workflow: { ...workflow, path: mask(workflow.path) },
    job: { ...job, name: mask(job.name) },
    event: mask(event, 64),
    actor: mask(actor),
    ref: `refs/${mask(ref.slice('refs/'.length), 250)}`,
  };
}
