import * as v from 'valibot';
import { CODEC, parseCid } from '../../contracts/formats/cid.ts';
import type { BlockSource } from '../../ipfs/source.ts';
import { OracleError } from '../../oracle/error.ts';
import { readLogFromBlocks } from '../../oracle/read/from-blocks.ts';
import type { LogReader } from '../logs.ts';
import { askJson } from './answer.ts';

export { blockLogs };

const AnswerSchema = v.strictObject({
  note: v.pipe(v.string(), v.maxLength(100)),
  commit: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/, 'expected 40 hex digits')),
});

/**
 * From IPFS, with no git host: the provider's endpoint tells which note is the newest, and each note names
 * the one before it. An endpoint that names an older one only hides what is new, as a git host can.
 */
const blockLogs = (blocks: BlockSource): LogReader => ({
  async read({ tab, from, endpoint }, { signal } = {}) {
    if (endpoint === undefined || endpoint === null)
      throw new OracleError('ADDRESS', 'the service names no endpoint that could tell the log');
    const base = endpoint.endsWith('/') ? endpoint : `${endpoint}/`;
    const told = await askJson(new URL(`logs/${tab}`, base), AnswerSchema, { signal });
    if (told === undefined) {
      if (from === undefined) return [];
      throw new OracleError('LOG_MISSING', `${endpoint} keeps no log of ${tab}`);
    }
    if (told.commit === from) return [];
    const entries = await readLogFromBlocks(
      { blocks, tab, last: noteCid(told.note, endpoint), ...(from === undefined ? {} : { from }) },
      signal === undefined ? {} : { signal }
    );
    if (entries.at(-1)?.id !== told.commit)
      throw new OracleError(
        'NOTE_MISMATCH',
        `${endpoint} names commit ${told.commit}, and the note that it names belongs to another`
      );
    return entries;
  },
  tabs: () =>
    Promise.reject(new OracleError('ADDRESS', 'IPFS alone does not tell whose logs there are')),
});

function noteCid(text: string, endpoint: string): ReturnType<typeof parseCid> {
  try {
    const cid = parseCid(text);
    if (cid.code === CODEC.raw) return cid;
  } catch {
    // As below.
  }
  throw new OracleError('UNREACHABLE', `${endpoint} names a note by something that is no CID`);
}
