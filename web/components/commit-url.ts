export { commitUrl };

/**
 * Where a commit can be looked at on the web: known for hosts that write addresses in one way, and
 * `undefined` for all others. A host may show anything; the id is what counts.
 *
 * @param repository http(s) address as it is cloned by
 */
function commitUrl(repository: string, commit: string): string | undefined {
  if (!/^[0-9a-f]{40}$/.test(commit) || !URL.canParse(repository)) return undefined;
  const { protocol, hostname, pathname, username } = new URL(repository);
  if (protocol !== 'https:' || username !== '') return undefined;
  const path = pathname.replace(/\/$/, '').replace(/\.git$/, '');
  if (!/^(\/[\w.~-]+){2,}$/.test(path)) return undefined;
  const base = `https://${hostname}${path}`;
  if (hostname === 'github.com' || hostname === 'codeberg.org') return `${base}/commit/${commit}`;
  if (hostname === 'gitlab.com') return `${base}/-/commit/${commit}`;
  if (hostname === 'bitbucket.org') return `${base}/commits/${commit}`;
  return undefined;
}
