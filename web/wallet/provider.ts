import type { IMinaProvider } from '@aurowallet/mina-provider';

export { type Provider, watchProviders };

/** What we use of Auro's documented interface; the development wallet speaks it as well. */
type Provider = Pick<
  IMinaProvider,
  | 'requestAccounts'
  | 'getAccounts'
  | 'requestNetwork'
  | 'switchChain'
  | 'sendTransaction'
  | 'on'
  | 'removeListener'
>;

/** Wallets are asked again so long after the page opened: some extensions come late. */
const ASK_AGAIN = [0, 1_000, 3_000];

const isProvider = (value: unknown): value is Provider & { readonly isAuro?: unknown } =>
  typeof value === 'object' &&
  value !== null &&
  ['requestAccounts', 'sendTransaction', 'on'].every(
    (method) => typeof (value as Record<string, unknown>)[method] === 'function'
  );

/** Of `mina:announceProvider` (wallet-basics/mina-providers in Auro's documentation). */
function announced(event: Event): Provider | undefined {
  const detail: unknown = (event as CustomEvent<unknown>).detail;
  if (typeof detail !== 'object' || detail === null || !('provider' in detail)) return undefined;
  const { provider } = detail;
  const info = 'info' in detail ? (detail.info as { readonly slug?: unknown } | null) : null;
  if (!isProvider(provider)) return undefined;
  return info?.slug === 'aurowallet' || provider.isAuro === true ? provider : undefined;
}

/**
 * Finds Auro, whenever it comes: announced by event, or as `window.mina`.
 *
 * @returns ends looking
 */
function watchProviders(
  target: EventTarget & { readonly mina?: unknown },
  onProvider: (provider: Provider) => void
): () => void {
  let found: Provider | undefined;
  const take = (provider: Provider | undefined): void => {
    if (provider === undefined || found !== undefined) return;
    found = provider;
    onProvider(provider);
  };
  const onAnnounce = (event: Event): void => take(announced(event));
  target.addEventListener('mina:announceProvider', onAnnounce);
  const timers = ASK_AGAIN.map((milliseconds) =>
    setTimeout(() => {
      if (found !== undefined) return;
      target.dispatchEvent(new Event('mina:requestProvider'));
      if (isProvider(target.mina) && target.mina.isAuro === true) take(target.mina);
    }, milliseconds)
  );
  return () => {
    timers.forEach(clearTimeout);
    target.removeEventListener('mina:announceProvider', onAnnounce);
  };
}
