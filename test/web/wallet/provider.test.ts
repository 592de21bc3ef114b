import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { generateKeyPair } from '../../../contracts/chain/sign.ts';
import { type Provider, watchProviders } from '../../../web/wallet/provider.ts';
import { auroDouble } from './provider-double.ts';

/** A window of which wallets see only events and `mina`. */
class Page extends EventTarget {
  mina?: unknown;
}
const announce = (detail: unknown): Event =>
  Object.assign(new Event('mina:announceProvider'), { detail });

describe('wallets', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const watched = () => {
    const page = new Page();
    const found: Provider[] = [];
    const stop = watchProviders(page, (provider) => found.push(provider));
    return { page, found, stop };
  };

  it('announce themselves when asked', async () => {
    const { page, found } = watched();
    const provider = auroDouble(generateKeyPair());
    page.addEventListener('mina:requestProvider', () =>
      page.dispatchEvent(announce({ info: { slug: 'aurowallet' }, provider }))
    );
    await vi.advanceTimersByTimeAsync(0);
    expect(found).toEqual([provider]);
  });

  it('are found as window.mina, even where they come late, and once', async () => {
    const { page, found } = watched();
    await vi.advanceTimersByTimeAsync(500);
    page.mina = auroDouble(generateKeyPair());
    await vi.advanceTimersByTimeAsync(5_000);
    page.dispatchEvent(announce({ info: { slug: 'aurowallet' }, provider: page.mina }));
    expect(found).toEqual([page.mina]);
  });

  it('that are none are left alone', async () => {
    const { page, found, stop } = watched();
    page.mina = { isAuro: true };
    for (const detail of [null, 7, {}, { info: null, provider: null }, { provider: {} }])
      page.dispatchEvent(announce(detail));
    const stranger = { ...auroDouble(generateKeyPair()), isAuro: false };
    page.dispatchEvent(announce({ info: { slug: 'other' }, provider: stranger }));
    await vi.advanceTimersByTimeAsync(5_000);
    stop();
    page.dispatchEvent(
      announce({ info: { slug: 'aurowallet' }, provider: auroDouble(generateKeyPair()) })
    );
    expect(found).toEqual([]);
  });
});
