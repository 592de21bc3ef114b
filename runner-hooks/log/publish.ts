export { type LogHost, publishTo };

import { tabLog } from '../../contracts/formats/log.ts';
import { parseNote } from '../../contracts/formats/note.ts';
import type { NoteLog } from '../daemon/note-log.ts';
import { appendNote } from './append.ts';

interface LogHost {
  /** Address of the log repository, as the service's keyset gives it to readers. */
  readonly repository: string;
  readonly token: string;
  /** Folder for the bare clone that this runner keeps of it. */
  readonly folder: string;
}

/** The tabs' logs on a git host, for the daemon. */
const publishTo = (host: LogHost): NoteLog => ({
  async append({ tab, receipt, build }, { signal } = {}) {
    const { bytes, commit, parent } = await appendNote(
      { ...host, log: tabLog(tab), receipt, note: ({ previous }) => build(previous) },
      signal === undefined ? {} : { signal }
    );
    return { note: parseNote(bytes), id: commit, parent };
  },
});
