import * as v from 'valibot';
import { fromHex, utf8 } from '../../contracts/formats/bytes.ts';
import { isKey } from '../../contracts/formats/key.ts';
import { tabLog } from '../../contracts/formats/log.ts';
import { genesisId, notesRef, objectId } from '../../contracts/formats/log-commit.ts';
import { rawCidOfBlock } from '../../contracts/formats/cid.ts';
import { encodeNote } from '../../contracts/formats/note.ts';
import type { BlockSource } from '../../ipfs/source.ts';
import { OracleError } from '../../oracle/error.ts';
import { type Objects, entryOf } from '../../oracle/read/entry.ts';
import { readLogFromBlocks } from '../../oracle/read/from-blocks.ts';
import { type Walkable, walkLog } from '../../oracle/read/walk.ts';
import type { LogReader } from '../logs.ts';
import { askJson } from './answer.ts';

export { type GithubOptions, githubLogs };

interface GithubOptions {
  /** Address of the REST API. */
  readonly api?: string;
  /** Whose repositories it answers for. */
  readonly host?: string;
}

/** Three questions an entry, of 60 an hour: what is longer is read from IPFS, as the newest note tells. */
const MOST_ENTRIES = 10;
const PREFIX = 'refs/notes/runproof/';

const sha = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/, 'expected 40 hex digits'));
const text = v.pipe(v.string(), v.maxLength(4_096));
const RefSchema = v.object({ ref: text, object: v.object({ type: text, sha }) });
const person = v.object({ name: text, email: text, date: v.pipe(v.string(), v.isoTimestamp()) });
const CommitSchema = v.object({
  tree: v.object({ sha }),
  parents: v.array(v.object({ sha })),
  author: person,
  committer: person,
  message: text,
});
const TreeSchema = v.object({
  tree: v.pipe(v.array(v.object({ path: text, mode: text, sha })), v.maxLength(16)),
});
const BlobSchema = v.object({
  encoding: v.literal('base64'),
  content: v.pipe(v.string(), v.maxLength(64 * 1024)),
});

/**
 * Over GitHub's REST API, which lets pages of any origin read, as its git hosting does not. Every object
 * is put together again from what the API says of it, and has to hash to its id.
 *
 * @param blocks for logs that are longer than the API lets us read
 */
function githubLogs(
  blocks: BlockSource,
  { api = 'https://api.github.com/', host = 'github.com' }: GithubOptions = {}
): LogReader {
  return {
    async read({ repository, tab, from = genesisId(tab) }, { signal } = {}) {
      const git = gitOf(repository, host, api);
      const ref = await askJson(new URL(notesRef(tab).replace(/^refs/, 'ref'), git), RefSchema, {
        signal,
        headers: HEADERS,
      });
      if (ref === undefined) {
        if (from === genesisId(tab)) return [];
        throw new OracleError('LOG_MISSING', `${repository} has no log of ${tab}`);
      }
      const head = ref.object.sha;
      const objects = objectsOf(git, head, signal);
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
      const git = gitOf(repository, host, api);
      const refs = await askJson(
        new URL('matching-refs/notes/runproof/', git),
        v.pipe(v.array(RefSchema), v.maxLength(10_000)),
        { signal, headers: HEADERS }
      );
      return (refs ?? [])
        .filter(({ ref }) => ref.startsWith(PREFIX))
        .map(({ ref }) => ref.slice(PREFIX.length))
        .filter(isKey);
    },
  };
}

const HEADERS = { accept: 'application/vnd.github+json' };

/** @throws OracleError `ADDRESS` for a repository of another host */
function gitOf(repository: string, host: string, api: string): URL {
  const url = URL.canParse(repository) ? new URL(repository) : undefined;
  const path = /^\/([A-Za-z0-9-]{1,39})\/([A-Za-z0-9._-]{1,100}?)(?:\.git)?\/?$/.exec(
    url?.pathname ?? ''
  );
  if (url?.host !== host || path === null || /^\.+$/.test(path[2]!))
    throw new OracleError('ADDRESS', `${repository} is not a repository on ${host}`);
  return new URL(`repos/${path[1]!}/${path[2]!}/git/`, api);
}

/** The newest entry from GitHub, all others by IPFS; the line has to end at GitHub's head. */
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
function objectsOf(git: URL, head: string, signal?: AbortSignal): Walkable {
  const types = new Map<string, 'commit' | 'tree' | 'blob'>([[head, 'commit']]);
  const known = new Map<string, Uint8Array>();

  async function ask<const S extends v.GenericSchema>(
    kind: string,
    id: string,
    schema: S
  ): Promise<v.InferOutput<S>> {
    const url = new URL(`${kind}/${id}`, git);
    const answer = await askJson(url, schema, { signal, headers: HEADERS });
    if (answer === undefined) throw new OracleError('OBJECT', `object ${id} is not there`);
    return answer;
  }

  async function load(id: string): Promise<readonly Uint8Array[]> {
    switch (types.get(id)) {
      case 'commit': {
        const commit = await ask('commits', id, CommitSchema);
        types.set(commit.tree.sha, 'tree');
        for (const { sha: parent } of commit.parents) types.set(parent, 'commit');
        return commitsOf(commit);
      }
      case 'tree': {
        const { tree } = await ask('trees', id, TreeSchema);
        for (const entry of tree) types.set(entry.sha, 'blob');
        return [treeOf(tree)];
      }
      case 'blob': {
        const { content } = await ask('blobs', id, BlobSchema);
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

/** The API leaves a message's last line end out, and all of a log's commits are in UTC. */
function commitsOf({
  tree,
  parents,
  author,
  committer,
  message,
}: v.InferOutput<typeof CommitSchema>): readonly Uint8Array[] {
  const line = (who: v.InferOutput<typeof person>): string =>
    `${who.name} <${who.email}> ${Date.parse(who.date) / 1000} +0000`;
  const head = [
    `tree ${tree.sha}`,
    ...parents.map(({ sha: parent }) => `parent ${parent}`),
    `author ${line(author)}`,
    `committer ${line(committer)}`,
  ].join('\n');
  return [message, `${message}\n`].map((whole) =>
    framed('commit', utf8.encode(`${head}\n\n${whole}`))
  );
}

const treeOf = (entries: v.InferOutput<typeof TreeSchema>['tree']): Uint8Array =>
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
