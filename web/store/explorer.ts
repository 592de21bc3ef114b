export { HASH, isExplorer, transactionUrl };

/** Stands in an explorer's pattern for a transaction's hash. */
const HASH = '{hash}';

const TRANSACTION = /^5J[1-9A-HJ-NP-Za-km-z]{50}$/;

/**
 * Whether a text is the address of an explorer's page of a transaction, with `{hash}` once in its path,
 * query or fragment, as `https://minascan.io/devnet/tx/{hash}`. Never in its host: a link must lead where its owner has said.
 */
function isExplorer(pattern: string): boolean {
  if (pattern.split(HASH).length !== 2 || !URL.canParse(pattern)) return false;
  const { protocol, host, username, password } = new URL(pattern);
  return (
    /^https?:$/.test(protocol) &&
    username === '' &&
    password === '' &&
    !/[{}%]/.test(host) &&
    pattern.indexOf(HASH) > pattern.indexOf(host)
  );
}

/** Where a transaction can be looked at; `undefined` for what is none, or without an explorer. */
function transactionUrl(pattern: string, hash: string): string | undefined {
  if (!TRANSACTION.test(hash) || !isExplorer(pattern)) return undefined;
  return new URL(pattern.replace(HASH, hash)).href;
}
