import { toHex } from '../../contracts/formats/bytes.ts';
import type { InboxAction } from '../../contracts/formats/action.ts';
import type { Context } from './context.ts';
import { isFatal } from './error.ts';

export { pollInboxes };

/** Reads each service's inbox from where it stopped, at most one page a service and round (C10). */
async function pollInboxes(context: Context): Promise<{ more: boolean }> {
  let more = false;
  for (const service of context.offers.addresses) {
    const key = `inbox ${service}`;
    if (!context.backoff.ready(key)) continue;
    try {
      more = (await poll(context, service)) || more;
      context.backoff.succeeded(key);
    } catch (error) {
      if (isFatal(error) || context.isStopping()) throw error;
      const wait = context.backoff.failed(key);
      context.emit({ kind: 'retry', what: key, wait, error });
    }
  }
  return { more };
}

async function poll(context: Context, service: string): Promise<boolean> {
  const { journal, policy } = context;
  const before = journal.cursors.get(service);
  const { entries, cursor, more } = await context.parts.chain.inbox(service, before, {
    maximum: policy.page,
    signal: context.within(policy.fetch),
  });
  if (cursor === before) return false;
  const rings = entries.filter((entry) => entry !== undefined);
  journal.cursors.advance(service, cursor, () => {
    for (const ring of rings) keep(context, service, ring);
  });
  if (entries.length > 0) context.emit({ kind: 'inbox', service, entries: entries.length });
  return more;
}

function keep({ journal }: Context, service: string, { kind, tab, digest }: InboxAction): void {
  if (kind === 'request') journal.jobs.see({ service, tab, digest: toHex(digest) });
  else journal.orders.see({ kind, service, tab, digest: toHex(digest) });
}
