import { assertUint } from './bytes.ts';
import { FormatError } from './error.ts';
import { fromHalves, halves } from './field.ts';
import { formatKey, parseKey } from './key.ts';

export { ACTION_FIELDS, ACTION_KIND, type ActionKind, type InboxAction, encodeAction, parseAction };

const ACTION_KIND = { request: 1n, extension: 2n, closing: 3n } as const;
type ActionKind = keyof typeof ACTION_KIND;

/** One ring of a service's inbox: a block is waiting on IPFS for this tab. */
interface InboxAction {
  readonly kind: ActionKind;
  readonly tab: string;
  /** SHA-256 of the request, extension or closing block. */
  readonly digest: Uint8Array;
}

/** Kind, tab (x, parity), digest (two halves): 20 rings fit a transaction's 100 field elements. */
const ACTION_FIELDS = 5;

function encodeAction({ kind, tab, digest }: InboxAction): readonly bigint[] {
  const { x, isOdd } = parseKey(tab);
  return [ACTION_KIND[kind], x, BigInt(isOdd), ...halves(digest)];
}

/** Anybody may append anything to an inbox, so what is not a ring is refused by its shape. */
function parseAction(fields: readonly bigint[]): InboxAction {
  if (fields.length !== ACTION_FIELDS)
    throw new FormatError('SIZE', `an action has ${ACTION_FIELDS} elements, not ${fields.length}`);
  const [code, x, isOdd, high, low] = fields as [bigint, bigint, bigint, bigint, bigint];
  const kind = (Object.keys(ACTION_KIND) as ActionKind[]).find((k) => ACTION_KIND[k] === code);
  if (kind === undefined) throw new FormatError('RANGE', `action kind ${code} is not known`);
  const tab = formatKey({ x, isOdd: assertUint(isOdd, 1, 'parity') === 1n });
  parseKey(tab);
  return { kind, tab, digest: fromHalves(high, low) };
}
