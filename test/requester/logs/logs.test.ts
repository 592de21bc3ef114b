import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CommitSchema,
  Gitlab,
  type RepositoryBlobSchema,
  type RepositoryTreeSchema,
} from '@gitbeaker/rest';
import type { CID } from 'multiformats/cid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rawCidOfBlock } from '../../../contracts/formats/cid.ts';
import { blobOf, encodeNote } from '../../../contracts/formats/note.ts';
import { objectId } from '../../../contracts/formats/log-commit.ts';
import { IpfsError } from '../../../ipfs/error.ts';
import type { BlockSource } from '../../../ipfs/source.ts';
import { OracleError } from '../../../oracle/error.ts';
import type { LogEntry } from '../../../oracle/read/entry.ts';
import type { LogReader } from '../../../requester/logs.ts';
import { blockLogs } from '../../../requester/logs/blocks.ts';
import { firstLogs } from '../../../requester/logs/first-of.ts';
import { githubLogs } from '../../../requester/logs/github.ts';
import { gitlabLogs } from '../../../requester/logs/gitlab.ts';
import { entriesOf } from '../../fixtures/log-entries.ts';
import { SOURCE, parties } from '../../fixtures/signed-notes.ts';
import { assertAnswer, assertDescribed } from '../../runner-hooks/driver/github-description.ts';

type Answer = { status?: number; headers?: Record<string, string>; body?: unknown };
let server: Server;
let url: string;
let asked: string[];
let answer: (path: string) => Answer;
beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url!);
    const { status = 200, headers = {}, body } = answer(request.url!);
    const type = { 'content-type': 'application/json' };
    response.writeHead(status, { ...type, ...headers }).end(JSON.stringify(body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(() => server.close().closeAllConnections());

const who = parties();
const { tab } = who;
/** What a host that has the repository, though no log, says. */
const nothingIn = (path: string): Answer =>
  /\/(repos\/alice\/logs|projects\/alice%2Fci%2Flogs)$/.test(path) ? {} : { status: 404 };
const numbers = (most: number): number[] => Array.from({ length: most }, (_, i) => i + 1);
const ids = (entries: readonly LogEntry[]): string[] => entries.map(({ id }) => id);
const cidOf = ({ note }: LogEntry): CID => rawCidOfBlock(encodeNote(note));

const blocksOf = (entries: readonly LogEntry[]): BlockSource => {
  const blocks = new Map(entries.map((entry) => [String(cidOf(entry)), encodeNote(entry.note)]));
  return {
    get: (cid) => {
      const bytes = blocks.get(String(cid));
      if (bytes !== undefined) return Promise.resolve(bytes);
      return Promise.reject(new IpfsError('not-found', `nobody has ${String(cid)}`));
    },
  };
};
const nothing = blocksOf([]);

/** Of what GitHub's API says of a log: refs, commits, trees, blobs, each held to its published description. */
function github(entries: readonly LogEntry[]): (path: string) => Answer {
  const git = '/repos/alice/logs/git/';
  const of = (path: string) => ({ node_id: 'MDU6', url: `https://api.github.com${git}${path}` });
  const person = ({ commit }: LogEntry) => ({
    name: 'Runproof',
    email: 'log@runproof',
    date: new Date(commit.time * 1000).toISOString().replace('.000', ''),
  });
  const refOf = (address: string) => ({
    ref: `refs/notes/runproof/${address}`,
    ...of(`refs/notes/runproof/${address}`),
    object: { type: 'commit', sha: entries.at(-1)!.id, url: of('commits/x').url },
  });
  const answers = new Map<string, unknown>([
    [`${git}ref/notes/runproof/${tab}`, refOf(tab)],
    [`${git}matching-refs/notes/runproof/`, [refOf(tab), refOf('other')]],
  ]);
  for (const entry of entries) {
    const { commit, note, id } = entry;
    const blob = blobOf(encodeNote(note));
    const html_url = `https://github.com/alice/logs/commit/${id}`;
    answers.set(`${git}commits/${id}`, {
      ...{ sha: id, html_url, ...of(`commits/${id}`) },
      tree: { sha: commit.tree, url: of(`trees/${commit.tree}`).url },
      parents: [{ sha: commit.parent, url: of(`commits/${commit.parent}`).url, html_url }],
      author: person(entry),
      committer: person(entry),
      message: `receipt f01551220${Buffer.from(commit.receipt).toString('hex')}`,
      verification: {
        ...{ verified: false, reason: 'unsigned' },
        ...{ signature: 'none', payload: 'none', verified_at: 'never' },
      },
    });
    answers.set(`${git}trees/${commit.tree}`, {
      ...{ sha: commit.tree, ...of(`trees/${commit.tree}`), truncated: false },
      tree: [{ path: SOURCE, mode: '100644', type: 'blob', sha: objectId(blob), size: 1 }],
    });
    answers.set(`${git}blobs/${objectId(blob)}`, {
      ...{ sha: objectId(blob), ...of(`blobs/${objectId(blob)}`), size: blob.length },
      encoding: 'base64',
      content: Buffer.from(encodeNote(note))
        .toString('base64')
        .replace(/(.{60})/g, '$1\n'),
    });
  }
  return (path) => (answers.has(path) ? { body: answers.get(path) } : nothingIn(path));
}
/** The same of GitLab's: commits at ids and refs, trees at commits, blobs; it tells no tree's id. */
function gitlab(entries: readonly LogEntry[]): (path: string) => Answer {
  const git = '/api/v4/projects/alice%2Fci%2Flogs/repository/';
  const answers = new Map<string, unknown>();
  for (const { commit, note, id } of entries) {
    const blob = blobOf(encodeNote(note));
    const date = new Date(commit.time * 1000).toISOString().replace('Z', '+00:00');
    const title = `receipt f01551220${Buffer.from(commit.receipt).toString('hex')}`;
    const said: CommitSchema = {
      ...{ id, short_id: id.slice(0, 8), parent_ids: [commit.parent] },
      ...{ title, message: `${title}\n`, created_at: date },
      ...{ author_name: 'Runproof', author_email: 'log@runproof', authored_date: date },
      ...{ committer_name: 'Runproof', committer_email: 'log@runproof', committed_date: date },
      web_url: `https://gitlab.com/alice/ci/logs/-/commit/${id}`,
    };
    const tree: RepositoryTreeSchema[] = [
      { id: objectId(blob), name: SOURCE, type: 'blob', path: SOURCE, mode: '100644' },
    ];
    const file: RepositoryBlobSchema = {
      ...{ size: blob.length, encoding: 'base64', sha: objectId(blob) },
      content: Buffer.from(encodeNote(note)).toString('base64'),
    };
    answers.set(`${git}commits/${id}`, said);
    answers.set(`${git}commits/refs%2Fnotes%2Frunproof%2F${tab}`, said);
    answers.set(`${git}tree?ref=${id}&per_page=100`, tree);
    answers.set(`${git}blobs/${objectId(blob)}`, file);
  }
  return (path) => (answers.has(path) ? { body: answers.get(path) } : nothingIn(path));
}

const HOSTS = {
  GitHub: {
    says: github,
    repository: 'https://github.com/alice/logs.git',
    reader: (blocks = nothing): LogReader => githubLogs(blocks, { api: url }),
    lies: [
      ['commits/', { message: 'receipt f0' }],
      ['trees/', { tree: [{ path: SOURCE, mode: '100755', sha: SOURCE }] }],
      ['blobs/', { encoding: 'base64', content: 'AAAA' }],
    ],
    elsewhere: ['https://gitlab.com/a/b', 'https://github.com/a', 'https://github.com/a/..', 'x'],
  },
  GitLab: {
    says: gitlab,
    repository: 'https://gitlab.com/alice/ci/logs.git',
    reader: (blocks = nothing): LogReader => gitlabLogs(blocks, { api: `${url}api/v4/` }),
    lies: [
      ['commits/', { message: 'receipt f0' }],
      ['tree?', [{ path: SOURCE, mode: '100755', id: SOURCE }]],
      ['blobs/', { encoding: 'base64', content: 'AAAA' }],
    ],
    elsewhere: ['https://github.com/a/b', 'https://gitlab.com/a', 'https://gitlab.com/a/../b', 'x'],
  },
} as const;

describe.each(Object.entries(HOSTS))('a log on %s', (_, { says, repository, reader, ...host }) => {
  it('is read through the REST API, every object hashed again', async () => {
    const log = entriesOf(who, numbers(3));
    answer = says(log);
    expect(ids(await reader().read({ repository, tab }))).toEqual(ids(log));
    expect(ids(await reader().read({ repository, tab, from: log[1]!.id }))).toEqual([log[2]!.id]);
  });

  it('that is long is read from IPFS, from the newest note that the host names', async () => {
    const log = entriesOf(who, numbers(30));
    answer = says(log);
    expect(ids(await reader(blocksOf(log)).read({ repository, tab }))).toEqual(ids(log));
    expect(asked.length).toBeLessThan(40);
    await expect(reader().read({ repository, tab })).rejects.toMatchObject({ code: 'OBJECT' });
  });

  it('is refused where one object is not what it is called', async () => {
    const log = entriesOf(who, numbers(2));
    for (const [part, change] of host.lies) {
      const honest = says(log);
      answer = (path) => {
        const said = honest(path);
        return path.includes(part) ? { body: Object.assign(said.body as object, change) } : said;
      };
      await expect(reader().read({ repository, tab })).rejects.toMatchObject({ code: 'OBJECT' });
    }
  });

  it('is empty where there is none, and missing where it was settled', async () => {
    answer = nothingIn;
    const logs = reader();
    expect(await logs.read({ repository, tab })).toEqual([]);
    await expect(logs.read({ repository, tab, from: SOURCE })).rejects.toMatchObject({
      code: 'LOG_MISSING',
    });
    // Whether there is a repository at all is asked once.
    expect(asked).toHaveLength(3);
  });

  it('is away, and not empty, where nobody is shown a repository', async () => {
    answer = () => ({ status: 404 });
    for (const from of [undefined, SOURCE])
      await expect(
        reader().read({ repository, tab, ...(from === undefined ? {} : { from }) })
      ).rejects.toMatchObject({
        code: 'UNREACHABLE',
        message: expect.stringContaining('private') as string,
      });
  });

  it.each([
    ['x-ratelimit-reset', '1790000000'],
    ['ratelimit-reset', '1790000000'],
    ['retry-after', '60'],
  ])('is away when the host counts too many questions, until %s', async (name, value) => {
    for (const status of [403, 429]) {
      answer = () => ({ status, headers: { [name]: value } });
      await expect(reader().read({ repository, tab })).rejects.toMatchObject({
        code: 'UNREACHABLE',
        message: expect.stringMatching(
          /only so many questions, again from \d\d:\d\d UTC/
        ) as string,
      });
    }
  });

  it('is not made of a page of an answer that has more', async () => {
    const honest = says(entriesOf(who, numbers(1)));
    answer = (path) => ({
      ...honest(path),
      ...(path.includes('tree') ? { headers: { link: `<${url}next>; rel="next"` } } : {}),
    });
    await expect(reader().read({ repository, tab })).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  it.each(host.elsewhere)('is not looked for at %s', async (address) => {
    answer = () => ({});
    await expect(reader().read({ repository: address, tab })).rejects.toMatchObject({
      code: 'ADDRESS',
    });
    expect(asked).toEqual([]);
  });
});

describe('what is asked and answered', () => {
  it('is what GitHub describes', async () => {
    const logs = entriesOf(who, numbers(2));
    answer = github(logs);
    const reader = HOSTS.GitHub.reader();
    await reader.read({ repository: HOSTS.GitHub.repository, tab });
    await reader.tabs(HOSTS.GitHub.repository);
    assertDescribed(
      asked.map((path) => ({
        ...{ method: 'GET', path, query: new URLSearchParams() },
        ...{ headers: {}, body: Buffer.alloc(0) },
      }))
    );
    for (const path of asked) assertAnswer('GET', path, answer(path).body);
    expect(asked).toHaveLength(1 + 3 * 2 + 1);
  });

  it('is what GitLab’s kept client asks, answers included', async () => {
    const [entry] = entriesOf(who, numbers(1)) as [LogEntry];
    answer = gitlab([entry]);
    const { reader, repository } = HOSTS.GitLab;
    await reader().read({ repository, tab });
    const own = asked.splice(0);
    const api = new Gitlab({ host: new URL(url).origin, token: 'any' });
    const project = 'alice/ci/logs';
    await api.Commits.show(project, `refs/notes/runproof/${tab}`);
    await api.Commits.show(project, entry.id);
    const [file] = await api.Repositories.allRepositoryTrees(project, {
      ref: entry.id,
      ...{ perPage: 100, maxPages: 1 },
    });
    await api.Repositories.showBlob(project, file!.id);
    expect(asked).toEqual(own);
  });
});

describe('the list of logs', () => {
  it('is told by GitHub', async () => {
    answer = github(entriesOf(who, numbers(1)));
    expect(await HOSTS.GitHub.reader().tabs(HOSTS.GitHub.repository)).toEqual([tab]);
  });

  it('of a repository on GitHub that is empty is empty, and of none is none', async () => {
    const { reader, repository } = HOSTS.GitHub;
    answer = (path) => (path.includes('/git/') ? { status: 409 } : nothingIn(path));
    expect(await reader().tabs(repository)).toEqual([]);
    expect(await reader().read({ repository, tab })).toEqual([]);
    answer = () => ({ status: 404 });
    await expect(reader().tabs(repository)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('is to be had elsewhere where GitLab has the repository', async () => {
    const { reader, repository } = HOSTS.GitLab;
    await expect(reader().tabs(repository)).rejects.toMatchObject({ code: 'ADDRESS' });
  });
});

const { repository } = HOSTS.GitHub;
describe('a log on IPFS', () => {
  const log = entriesOf(who, numbers(3));
  const source = () => ({ repository: 'https://git.example/x', tab, endpoint: url });
  const tell = (entry: LogEntry, change = {}) => {
    answer = () => ({ body: { note: String(cidOf(entry)), commit: entry.id, ...change } });
  };

  it('is rebuilt from the newest note, which the provider’s endpoint tells', async () => {
    tell(log[2]!);
    expect(ids(await blockLogs(blocksOf(log)).read(source()))).toEqual(ids(log));
    expect(asked).toEqual([`/logs/${tab}`]);
    const from = log[0]!.id;
    expect(ids(await blockLogs(blocksOf(log)).read({ ...source(), from }))).toEqual(
      ids(log.slice(1))
    );
  });

  it('is refused where the endpoint names a commit that the note does not make', async () => {
    tell(log[2]!, { commit: log[1]!.id });
    await expect(blockLogs(blocksOf(log)).read(source())).rejects.toMatchObject({
      code: 'NOTE_MISMATCH',
    });
  });

  it.each([
    ['a word for a CID', { note: 'note' }],
    ['a directory', { note: 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi' }],
    ['a commit that is none', { commit: 'x' }],
    ['more than was asked', { more: 1 }],
  ])('is away where the endpoint answers %s', async (_, change) => {
    tell(log[2]!, change);
    await expect(blockLogs(blocksOf(log)).read(source())).rejects.toMatchObject({
      code: 'UNREACHABLE',
    });
  });

  it('needs an endpoint', async () => {
    await expect(blockLogs(nothing).read({ repository, tab })).rejects.toMatchObject({
      code: 'ADDRESS',
    });
  });
});

describe('several ways to a log', () => {
  const failing = (
    code: 'UNREACHABLE' | 'ADDRESS' | 'LOG_REWRITTEN',
    message: string
  ): LogReader => ({
    read: () => Promise.reject(new OracleError(code, message)),
    tabs: () => Promise.reject(new OracleError(code, message)),
  });
  const working: LogReader = {
    read: () => Promise.resolve([]),
    tabs: () => Promise.resolve([tab]),
  };

  it('are tried in turn', async () => {
    const logs = firstLogs([
      failing('ADDRESS', 'not mine'),
      failing('UNREACHABLE', 'away'),
      working,
    ]);
    expect(await logs.read({ repository, tab })).toEqual([]);
    expect(await logs.tabs(repository)).toEqual([tab]);
  });

  it('that all fail are told in one sentence', async () => {
    const logs = firstLogs([failing('ADDRESS', 'not mine'), failing('UNREACHABLE', 'away')]);
    await expect(logs.read({ repository, tab })).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: `the log of ${tab} cannot be read just now: away`,
    });
  });

  it('G4: end at a log that does not hold together', async () => {
    const logs = firstLogs([failing('LOG_REWRITTEN', 'rewritten'), working]);
    await expect(logs.read({ repository, tab })).rejects.toMatchObject({ code: 'LOG_REWRITTEN' });
  });
});
