import * as v from 'valibot';
import { check } from '../formats/json.ts';
import { EMPTY_ACTION_STATE } from './action-state.ts';
import { field } from './schema.ts';

export { type Checkpoint, type InboxCursor, startCursor, advanceCursor, formatCursor, parseCursor };

/** A service's action state after the block of that height: it binds every action until then. */
interface Checkpoint {
  readonly height: number;
  readonly actionState: bigint;
}

/**
 * How far an inbox was read: newest checkpoint first, the start last. The older ones are where reading
 * resumes when a reorganisation has taken the newer ones away.
 */
type InboxCursor = readonly [Checkpoint, ...Checkpoint[]];

/** @param height any block before the service was created */
const startCursor = (height = 0): InboxCursor => [{ height, actionState: EMPTY_ACTION_STATE }];

/** Beyond so many blocks nothing is reorganised (Mina's k is 290). */
const DEEPEST = 9;

/**
 * Moves a cursor on. Of the checkpoints 2^i to 2^(i+1) blocks deep only the oldest is kept, which can
 * only age into the next class; so there are at most a dozen, denser towards the tip.
 *
 * @param kept what is left of the old cursor, newest first, its start included
 * @param added newest first
 */
function advanceCursor(
  kept: readonly Checkpoint[],
  added: readonly Checkpoint[],
  tip: number
): InboxCursor {
  const all = [...added, ...kept];
  const depthClass = ({ height }: Checkpoint): number =>
    Math.min(Math.floor(Math.log2(Math.max(tip - height, 1))), DEEPEST);
  const isKept = (checkpoint: Checkpoint, i: number): boolean => {
    if (i === 0 || i === all.length - 1) return true;
    const own = depthClass(checkpoint);
    return own === DEEPEST
      ? depthClass(all[i - 1]!) !== DEEPEST
      : depthClass(all[i + 1]!) !== own || i + 1 === all.length - 1;
  };
  return all.filter(isKept) as [Checkpoint, ...Checkpoint[]];
}

const formatCursor = (cursor: InboxCursor): string =>
  JSON.stringify(cursor.map(({ height, actionState }) => [height, String(actionState)]));

const CursorSchema = v.pipe(
  v.array(v.tuple([v.pipe(v.number(), v.integer(), v.minValue(0)), field])),
  v.minLength(1),
  v.maxLength(32)
);

/** @throws FormatError for anything that {@link formatCursor} has not written */
function parseCursor(text: string): InboxCursor {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return check(CursorSchema, json, 'inbox cursor').map(([height, actionState]) => ({
    height,
    actionState,
  })) as [Checkpoint, ...Checkpoint[]];
}
