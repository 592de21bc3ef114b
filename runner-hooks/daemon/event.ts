import type { Logger } from 'pino';
import type { OrderKind } from '../journal/order.ts';
import type { RefusalCode } from './error.ts';

export { type DaemonEvent, logEvent };

interface JobEvent {
  readonly service: string;
  readonly tab: string;
  readonly digest: string;
  /** Unknown until the request was read. */
  readonly sequence: number | undefined;
}

/** Everything worth telling an operator or a requester. */
type DaemonEvent =
  | { readonly kind: 'started'; readonly services: readonly string[]; readonly resumed: number }
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'inbox'; readonly service: string; readonly entries: number }
  | (JobEvent & { readonly kind: 'seen' })
  | (JobEvent & { readonly kind: 'refused'; readonly code: RefusalCode; readonly reason: string })
  | (JobEvent & { readonly kind: 'accepted'; readonly maximum: bigint })
  | (JobEvent & { readonly kind: 'running'; readonly attempt: number })
  | (JobEvent & { readonly kind: 'progress'; readonly step: string })
  | (JobEvent & { readonly kind: 'interrupted'; readonly reason: string })
  | (JobEvent & { readonly kind: 'ran'; readonly exitStatus: number; readonly amount: bigint })
  | (JobEvent & { readonly kind: 'published'; readonly result: string })
  | (JobEvent & { readonly kind: 'noted'; readonly commit: string })
  | (JobEvent & { readonly kind: 'settled'; readonly head: string })
  | (JobEvent & { readonly kind: 'unsettled'; readonly head: string })
  | (JobEvent & { readonly kind: 'lapsed'; readonly reason: string })
  | { readonly kind: 'settling'; readonly tab: string; readonly jobs: number }
  | { readonly kind: 'sent'; readonly tab: string; readonly transaction: string }
  | { readonly kind: 'dropped'; readonly tab: string; readonly reason: string }
  | {
      readonly kind: 'order';
      readonly order: OrderKind;
      readonly tab: string;
      readonly state: string;
      readonly reason?: string;
    }
  | {
      readonly kind: 'keys-destroyed';
      readonly epoch: number;
      readonly services: readonly string[];
    }
  | {
      readonly kind: 'retry';
      readonly what: string;
      readonly wait: number;
      readonly error: unknown;
    }
  | { readonly kind: 'stopping'; readonly running: number }
  | { readonly kind: 'stopped' };

const WARNINGS: readonly DaemonEvent['kind'][] = [
  'retry',
  'interrupted',
  'unsettled',
  'lapsed',
  'dropped',
];

/** One structured line an event; amounts as decimal text. */
function logEvent(logger: Pick<Logger, 'info' | 'warn' | 'debug'>, event: DaemonEvent): void {
  const { kind, ...rest } = event;
  const fields = Object.fromEntries(
    Object.entries(rest).map(([key, value]: [string, unknown]) => {
      if (typeof value === 'bigint') return [key, value.toString()];
      return key === 'error' ? ['err', value] : [key, value];
    })
  );
  if (kind === 'progress') logger.debug(fields, kind);
  else if (WARNINGS.includes(kind)) logger.warn(fields, kind);
  else logger.info(fields, kind);
}
