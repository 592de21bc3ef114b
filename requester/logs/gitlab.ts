import * as v from 'valibot';
import type { BlockSource } from '../../ipfs/source.ts';
import { OracleError } from '../../oracle/error.ts';
import type { LogReader } from '../logs.ts';
import { askJson } from './answer.ts';
import { Base64, TreeEntry, person, restLogs, sha, text } from './rest.ts';

export { type GitlabOptions, gitlabLogs };

interface GitlabOptions {
  /** Whose repositories it answers for; its API is at `/api/v4/` there. */
  readonly host?: string;
  /** Address of the REST API, where it is elsewhere. */
  readonly api?: string;
}

const { date } = person.entries;
const Commit = v.object({
  id: sha,
  parent_ids: v.array(sha),
  message: text,
  ...{ author_name: text, author_email: text, authored_date: date },
  ...{ committer_name: text, committer_email: text, committed_date: date },
});
const Tree = v.pipe(
  v.array(v.object({ path: text, mode: TreeEntry.entries.mode, id: sha })),
  v.maxLength(16)
);

/**
 * Over GitLab's REST API (https://docs.gitlab.com/api/commits/, https://docs.gitlab.com/api/repositories/). It
 * takes a full ref for a commit, tells no tree's id, and lists no refs but branches and tags.
 */
const gitlabLogs = (
  blocks: BlockSource,
  { host = 'gitlab.com', api = `https://${host}/api/v4/` }: GitlabOptions = {}
): LogReader =>
  restLogs(blocks, (repository, signal) => {
    const project = projectOf(repository, host, api);
    const ask = <const S extends v.GenericSchema>(path: string, schema: S) =>
      askJson(new URL(`${project}/repository/${path}`), schema, { signal });
    const commitAt = (revision: string) => ask(`commits/${encodeURIComponent(revision)}`, Commit);
    return {
      host,
      exists: async () => (await askJson(new URL(project), v.object({}), { signal })) !== undefined,
      head: async (ref) => (await commitAt(ref))?.id,
      async commit(id) {
        const commit = await commitAt(id);
        return (
          commit && {
            parents: commit.parent_ids,
            message: commit.message,
            author: {
              ...{ name: commit.author_name, email: commit.author_email },
              date: commit.authored_date,
            },
            committer: {
              ...{ name: commit.committer_name, email: commit.committer_email },
              date: commit.committed_date,
            },
          }
        );
      },
      async tree({ commit }) {
        const entries = await ask(`tree?ref=${commit}&per_page=100`, Tree);
        return entries?.map(({ path, mode, id }) => ({ path, mode, sha: id }));
      },
      blob: (id) => ask(`blobs/${id}`, Base64),
      tabs: () =>
        Promise.reject(
          new OracleError('ADDRESS', `${host} does not list the logs of ${repository}`)
        ),
    };
  });

/** @throws OracleError `ADDRESS` for a repository of another host */
function projectOf(repository: string, host: string, api: string): string {
  const url = URL.canParse(repository) ? new URL(repository) : undefined;
  const path = /^\/((?:[A-Za-z0-9._-]{1,255}\/){1,20}[A-Za-z0-9._-]{1,255}?)(?:\.git)?\/?$/.exec(
    url?.pathname ?? ''
  );
  if (url?.host !== host || path === null || path[1]!.split('/').some((part) => /^\.+$/.test(part)))
    throw new OracleError('ADDRESS', `${repository} is not a repository on ${host}`);
  return new URL(`projects/${encodeURIComponent(path[1]!)}`, api).href;
}
