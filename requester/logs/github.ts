import * as v from 'valibot';
import { isKey } from '../../contracts/formats/key.ts';
import type { BlockSource } from '../../ipfs/source.ts';
import { OracleError } from '../../oracle/error.ts';
import type { LogReader } from '../logs.ts';
import { askJson } from './answer.ts';
import { Base64, TreeEntry, person, restLogs, sha, text } from './rest.ts';

export { type GithubOptions, githubLogs };

interface GithubOptions {
  /** Address of the REST API. */
  readonly api?: string;
  /** Whose repositories it answers for. */
  readonly host?: string;
}

const PREFIX = 'refs/notes/runproof/';
const HEADERS = { accept: 'application/vnd.github+json' };

/** 409: of a repository that nothing was ever pushed to. */
const ABSENT = [404, 409];

const Ref = v.object({ ref: text, object: v.object({ type: text, sha }) });
const Commit = v.object({
  tree: v.object({ sha }),
  parents: v.array(v.object({ sha })),
  author: person,
  committer: person,
  message: text,
});
const Tree = v.object({ tree: v.pipe(v.array(TreeEntry), v.maxLength(16)) });

/** Over GitHub's REST API (https://docs.github.com/en/rest/git). */
const githubLogs = (
  blocks: BlockSource,
  { api = 'https://api.github.com/', host = 'github.com' }: GithubOptions = {}
): LogReader =>
  restLogs(blocks, (repository, signal) => {
    const own = repositoryOf(repository, host, api);
    const get = <const S extends v.GenericSchema>(url: string, schema: S) =>
      askJson(new URL(url), schema, { signal, headers: HEADERS, absent: ABSENT });
    const ask = <const S extends v.GenericSchema>(path: string, schema: S) =>
      get(`${own}/git/${path}`, schema);
    return {
      host: new URL(own).host,
      exists: async () => (await get(own, v.object({}))) !== undefined,
      head: async (ref) => (await ask(ref.replace(/^refs/, 'ref'), Ref))?.object.sha,
      async commit(id) {
        const commit = await ask(`commits/${id}`, Commit);
        return (
          commit && {
            ...commit,
            tree: commit.tree.sha,
            parents: commit.parents.map((parent) => parent.sha),
          }
        );
      },
      tree: async ({ tree }) => (await ask(`trees/${tree}`, Tree))?.tree,
      blob: (id) => ask(`blobs/${id}`, Base64),
      async tabs() {
        const refs = await ask(
          'matching-refs/notes/runproof/',
          v.pipe(v.array(Ref), v.maxLength(10_000))
        );
        return (refs ?? [])
          .filter(({ ref }) => ref.startsWith(PREFIX))
          .map(({ ref }) => ref.slice(PREFIX.length))
          .filter(isKey);
      },
    };
  });

/** @throws OracleError `ADDRESS` for a repository of another host */
function repositoryOf(repository: string, host: string, api: string): string {
  const url = URL.canParse(repository) ? new URL(repository) : undefined;
  const path = /^\/([A-Za-z0-9-]{1,39})\/([A-Za-z0-9._-]{1,100}?)(?:\.git)?\/?$/.exec(
    url?.pathname ?? ''
  );
  if (url?.host !== host || path === null || /^\.+$/.test(path[2]!))
    throw new OracleError('ADDRESS', `${repository} is not a repository on ${host}`);
  return new URL(`repos/${path[1]!}/${path[2]!}`, api).href;
}
