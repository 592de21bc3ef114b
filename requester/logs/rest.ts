import * as v from 'valibot';
import { fromHex, utf8 } from '../../contracts/formats/bytes.ts';
import { rawCidOfBlock } from '../../contracts/formats/cid.ts';
import { tabLog } from '../../contracts/formats/log.ts';
import { genesisId, notesRef, objectId } from '../../contracts/formats/log-commit.ts';
import { encodeNote } from '../../contracts/formats/note.ts';
import type { BlockSource } from '../../ipfs/source.ts';
import { OracleError } from '../../oracle/error.ts';
import { type Objects, entryOf } from '../../oracle/read/entry.ts';
import { readLogFromBlocks } from '../../oracle/read/from-blocks.ts';
import { type Walkable, walkLog } from '../../oracle/read/walk.ts';
import type { LogReader } from '../logs.ts';

export { type RestRepository, type RestCommit, restLogs, sha, text, person, TreeEntry, Base64 };

const sha = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/, 'expected 40 hex digits'));
const text = v.pipe(v.string(), v.maxLength(4_096));
const person = v.object({ name: text, email: text, date: v.pipe(v.string(), v.isoTimestamp()) });
const TreeEntry = v.object({ path: text, mode: text, sha });
const Base64 = v.object({
  encoding: v.literal('base64'),
  content: v.pipe(v.string(), v.maxLength(64 * 1024)),
});
type Person = v.InferOutput<typeof person>;
type TreeEntries = readonly v.InferOutput<typeof TreeEntry>[];

/** What a host says of a commit. */
interface RestCommit {
  /** Absent where the host does not tell it: then it follows from the entries. */
  readonly tree?: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
}

/**
 * A repository behind its host's REST API, which lets pages of any origin read where its git hosting does
 * not. `undefined` is what is not there; none of it is believed.
 */
interface RestRepository {
  readonly host: string;
  /** Whether there is such a repository, for whoever asks without a token. */
  exists(): Promise<boolean>;
  /** Commit that a full ref stands at. */
  head(ref: string): Promise<string | undefined>;
  commit(id: string): Promise<RestCommit | undefined>;
  /** Entries of a commit's tree. */
  tree(of: {
    readonly commit: string;
    readonly tree: string | undefined;
  }): Promise<TreeEntries | undefined>;
  blob(id: string): Promise<v.InferOutput<typeof Base64> | undefined>;
  /** Tabs whose logs it has. */
  tabs(): Promise<readonly string[]>;
}

/** Three questions an entry, of 60 an hour: what is longer is read from IPFS, as the newest note tells. */
const MOST_ENTRIES = 10;

/**
 * Logs over a REST API. Every object is put together again from what the API says of it, and has to
 * hash to its id.
 *
 * @param blocks for logs that are longer than the API lets us read
 * @param open throws OracleError `ADDRESS` for a repository of another host
 */
function restLogs(
  blocks: BlockSource,
  open: (repository: string, signal: AbortSignal | undefined) => RestRepository
): LogReader {
  const seen = new Set<string>();
  /** To hosts a private repository, and none at all, look like one without the log. */
  async function assertSeen(repository: string, git: RestRepository): Promise<void> {
    if (!seen.has(repository) && !(await git.exists()))
      throw new OracleError(
        'UNREACHABLE',
        `${git.host} shows nobody a repository at ${repository}: there is none, or it is private`
      );
    seen.add(repository);
  }
  return {
    async read({ repository, tab, from = genesisId(tab) }, { signal } = {}) {
      const git = open(repository, signal);
      const head = await git.head(notesRef(tab));
      if (head === undefined) {
        await assertSeen(repository, git);
        if (from === genesisId(tab)) return [];
        throw new OracleError('LOG_MISSING', `${repository} has no log of ${tab}`);
      }
      const objects = objectsOf(git, head);
      try {
        const entries = await walkLog(
          objects,
          { log: tabLog(tab), head, from, most: MOST_ENTRIES },
          () => signal?.throwIfAborted()
        );
        if (entries !== 'too shallow') return entries;
      } catch (error) {
        if (!(error instanceof OracleError) || error.code !== 'TOO_LARGE') throw error;
      }
      return readLong(objects, blocks, { tab, head, from }, signal);
    },

    async tabs(repository, { signal } = {}) {
      const git = open(repository, signal);
      const tabs = await git.tabs();
      if (tabs.length === 0) await assertSeen(repository, git);
      return tabs;
    },
  };
}

/** The newest entry from the host, all others by IPFS; the line has to end at the host's head. */
async function readLong(
  objects: Objects,
  blocks: BlockSource,
  { tab, head, from }: { readonly tab: string; readonly head: string; readonly from: string },
  signal?: AbortSignal
) {
  const { note } = await entryOf(objects, tabLog(tab), head);
  const last = rawCidOfBlock(encodeNote(note));
  const entries = await readLogFromBlocks(
    { blocks, tab, last, from },
    signal === undefined ? {} : { signal }
  );
  if (entries.at(-1)?.id !== head)
    throw new OracleError(
      'NOTE_MISMATCH',
      `the notes on IPFS do not lead to commit ${head}, which the repository has`
    );
  return entries;
}

/** Objects by id. Of which type one is, whatever names it says: a walk begins at a commit. */
function objectsOf(git: RestRepository, head: string): Walkable {
  const types = new Map<string, 'commit' | 'tree' | 'blob'>([[head, 'commit']]);
  /** The commit that named a tree. */
  const owners = new Map<string, string>();
  const known = new Map<string, Uint8Array>();

  const there = <T>(answer: T | undefined, id: string): T => {
    if (answer === undefined) throw new OracleError('OBJECT', `object ${id} is not there`);
    return answer;
  };

  async function loadTree(commit: string, tree: string | undefined): Promise<Uint8Array> {
    const entries = there(await git.tree({ commit, tree }), tree ?? commit);
    for (const entry of entries) types.set(entry.sha, 'blob');
    return treeOf(entries);
  }

  async function load(id: string): Promise<readonly Uint8Array[]> {
    switch (types.get(id)) {
      case 'commit': {
        const commit = there(await git.commit(id), id);
        for (const parent of commit.parents) types.set(parent, 'commit');
        let { tree } = commit;
        if (tree === undefined) {
          const bytes = await loadTree(id, undefined);
          tree = objectId(bytes);
          known.set(tree, bytes);
        }
        types.set(tree, 'tree');
        owners.set(tree, id);
        return commitsOf({ ...commit, tree });
      }
      case 'tree':
        return [await loadTree(owners.get(id)!, id)];
      case 'blob': {
        const { content } = there(await git.blob(id), id);
        return [framed('blob', fromBase64(content, id))];
      }
      default:
        throw new OracleError('OBJECT', `nothing has named object ${id}`);
    }
  }

  const read = async (id: string): Promise<Uint8Array> => {
    const object = known.get(id) ?? (await load(id)).find((bytes) => objectId(bytes) === id);
    if (object === undefined)
      throw new OracleError('OBJECT', `what ${git.host} says of object ${id} hashes to another`);
    known.set(id, object);
    return object;
  };
  return { read, has: () => Promise.resolve(true) };
}

function framed(type: string, content: Uint8Array): Uint8Array {
  const header = utf8.encode(`${type} ${content.length}\0`);
  const object = new Uint8Array(header.length + content.length);
  object.set(header);
  object.set(content, header.length);
  return object;
}

/** The APIs may leave a message's last line end out, and all of a log's commits are in UTC. */
function commitsOf({
  tree,
  parents,
  author,
  committer,
  message,
}: RestCommit & { readonly tree: string }): readonly Uint8Array[] {
  const line = (who: Person): string =>
    `${who.name} <${who.email}> ${Date.parse(who.date) / 1000} +0000`;
  const head = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${line(author)}`,
    `committer ${line(committer)}`,
  ].join('\n');
  return [message, `${message}\n`].map((whole) =>
    framed('commit', utf8.encode(`${head}\n\n${whole}`))
  );
}

const treeOf = (entries: TreeEntries): Uint8Array =>
  framed(
    'tree',
    Uint8Array.from(
      entries.flatMap(({ mode, path, sha: id }) => [
        // Git writes modes without the API's leading zero.
        ...utf8.encode(`${mode.replace(/^0/, '')} ${path}\0`),
        ...fromHex(id, 20),
      ])
    )
  );

function fromBase64(content: string, id: string): Uint8Array {
  try {
    return Uint8Array.from(atob(content.replaceAll('\n', '')), (char) => char.charCodeAt(0));
  } catch (cause) {
    throw new OracleError('OBJECT', `the bytes given for object ${id} are not base64`, { cause });
  }
}
