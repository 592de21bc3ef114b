export { sourceLink, sourceName };

/** Hosts whose pages of a commit have a known address. */
const FORMS: readonly (readonly [host: RegExp, path: (commit: string) => string])[] = [
  [/^github\.com$/, (commit) => `/tree/${commit}`],
  [/^gitlab\.com$|^gitlab\./, (commit) => `/-/tree/${commit}`],
  [/^codeberg\.org$|^gitea\.|^forgejo\./, (commit) => `/src/commit/${commit}`],
  [/^bitbucket\.org$/, (commit) => `/src/${commit}`],
  [/^git\.sr\.ht$/, (commit) => `/tree/${commit}`],
];

/**
 * Address of a page that shows a repository at a commit, where the host's form is known.
 *
 * @param repository http(s), from a descriptor: a stranger's
 */
function sourceLink(repository: string, commit: string): string | undefined {
  if (!URL.canParse(repository)) return undefined;
  const url = new URL(repository);
  const form = FORMS.find(([host]) => host.test(url.hostname))?.[1];
  if (form === undefined || url.protocol !== 'https:' || url.search !== '') return undefined;
  return `${url.origin}${url.pathname.replace(/\/$|\.git\/?$/, '')}${form(commit)}`;
}

/** `host/owner/name` of a repository. */
function sourceName(repository: string): string {
  if (!URL.canParse(repository)) return repository;
  const { host, pathname } = new URL(repository);
  return `${host}${pathname.replace(/\/$|\.git\/?$/, '')}`;
}
