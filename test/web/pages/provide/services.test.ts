import { describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../../../contracts/chain/sign.ts';
import { keyHash } from '../../../../contracts/formats/terms.ts';
import { earningsTotals } from '../../../../web/pages/provide/earnings-totals.ts';
import { isOwner, ownServices } from '../../../../web/pages/provide/own-services.ts';
import { publishSteps } from '../../../../web/pages/provide/publish-steps.ts';
import { readSchema } from '../../../../web/pages/provide/schema-text.ts';
import type { ServiceListing } from '../../../../web/store/services.ts';

const [owner, other] = [generateKeyPair().publicKey, generateKeyPair().publicKey];
const listing = (address: string, of?: string): ServiceListing =>
  ({
    ...{ address, isLoading: of === undefined, origin: 'own' },
    ...(of === undefined ? {} : { reading: { address, state: { owner: keyHash(of) } } }),
  }) as ServiceListing;

describe('services of an owner', () => {
  it('are those whose account holds the hash of the wallet’s key', () => {
    const all = [listing('a', owner), listing('b', other), listing('c')];
    expect(ownServices(all, owner).map(({ address }) => address)).toEqual(['a']);
    expect(ownServices(all, undefined)).toEqual([]);
  });

  it('are nobody’s whose address is none', () => {
    expect(isOwner(listing('a', owner).reading!, 'B62qnothing')).toBe(false);
  });
});

describe('earnings', () => {
  it('count what is settled in all tabs, and what open ones can still settle', () => {
    const tab = (spent: bigint, balance: bigint, expiry: number) => ({
      ...{ tab: 't', spent, balance, expiry },
    });
    const tabs = [tab(5n, 10n, 1_000), tab(7n, 20n, 999), tab(1n, 3n, 0)];
    expect(earningsTotals(tabs, 1_000)).toEqual({ settled: 13n, open: 10n });
    expect(earningsTotals([])).toEqual({ settled: 0n, open: 0n });
  });
});

describe('a publication', () => {
  const at = (stage: 'uploading' | 'wallet' | 'sending') => ({
    ...{ service: owner, name: 'x', stage, since: 7 },
    blocks: ['00'.repeat(32), '11'.repeat(32)] as [string, string],
  });

  it('shows how far it is and where it failed', () => {
    expect(publishSteps(at('wallet')).map(({ state }) => state)).toEqual([
      'done',
      'running',
      'waiting',
    ]);
    expect(publishSteps(at('sending'), 'No.')[2]).toMatchObject({ state: 'failed', detail: 'No.' });
  });
});

describe('a schema as text', () => {
  it('is one only where a service may have it', () => {
    expect(readSchema('{"type":"object"}')).toEqual({ type: 'object' });
    expect(readSchema('{"type":"object","$ref":"#"}')).toBeUndefined();
    expect(readSchema('{"type":')).toBeUndefined();
  });
});
