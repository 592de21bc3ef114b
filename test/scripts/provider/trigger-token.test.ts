import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateHybridIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawCidOfBlock } from '../../../contracts/formats/cid.ts';
import { encodeServiceState, parseServiceState } from '../../../contracts/formats/service-state.ts';
import { sealCredential } from '../../../contracts/formats/vault.ts';
import { readProviderConfig } from '../../../scripts/provider/config.ts';
import { tokensOver } from '../../../scripts/provider/trigger-token.ts';
import { credential, digest, terms } from '../../vectors/sample.ts';

const { network, service } = terms;
const host = 'forge.example';
const identity = await generateHybridIdentity();
const state = parseServiceState(
  encodeServiceState({
    ...{ descriptor: digest('d'), owner: 1n, runner: 2n, keyset: digest('k') },
    ...{ epoch: 3, paused: false },
  })
);

let block: Uint8Array;
let cid: string;
beforeAll(async () => {
  const trigger = { ...credential, tab: null, purpose: 'trigger' as const, host, expiry: 2_000 };
  const to = { recipients: [await identityToRecipient(identity)], epoch: 3 };
  const kept = { credential: trigger, secret: 'a forge’s token', blinding: 9n };
  ({ block } = await sealCredential(kept, to));
  cid = String(rawCidOfBlock(block));
});

/** The chain as it stands: the service’s present epoch, and the slot. */
const opener = (now: { epoch?: number; slot?: number } = {}) =>
  tokensOver(network, {
    chain: {
      service: async () => ({ ...state, epoch: now.epoch ?? 3 }),
      slot: async () => now.slot ?? 1_000,
    },
    content: {
      get: async (wanted) => {
        expect(String(wanted)).toBe(cid);
        return block;
      },
    },
    keys: { identities: (epoch) => (epoch === 3 ? [identity] : []) },
  });

describe('a token in the vault', () => {
  it('is opened with the service’s present keys, for its own forge', async () => {
    expect(await opener()({ service, block: cid }, host, undefined)).toBe('a forge’s token');
  });

  it('K2, K3: is not opened for another forge, after a rotation, or past its last slot', async () => {
    const refused = { code: 'CREDENTIAL' };
    const token = { service, block: cid };
    await expect(opener()(token, 'other.example', undefined)).rejects.toMatchObject(refused);
    await expect(opener({ epoch: 4 })(token, host, undefined)).rejects.toMatchObject(refused);
    await expect(opener({ slot: 2_001 })(token, host, undefined)).rejects.toMatchObject(refused);
  });
});

describe('provider.json', () => {
  const folder = mkdtempSync(join(tmpdir(), 'runproof-config-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = (token: unknown) => {
    const file = join(folder, 'provider.json');
    const forge = { forge: 'github', host, token, spool: 'spool' };
    const rest = { runner: 'runner', wallet: 'wallet', identities: {} };
    writeFileSync(
      file,
      JSON.stringify({
        ...{ node: 'http://127.0.0.1:1', archive: 'http://127.0.0.1:1', folder: '.' },
        ...{ services: [service], keys: rest, ipfs: { listen: [] }, forges: [forge] },
        log: { repository: 'http://127.0.0.1:1/log.git', tokenFile: 'token' },
      })
    );
    return readProviderConfig(file).forges[0]!.token;
  };

  it('names a forge’s token by a file beside it, or by its block in the vault', () => {
    expect(read({ file: 'token' })).toEqual({ file: join(folder, 'token') });
    expect(read({ service, block: cid })).toEqual({ service, block: cid });
    for (const wrong of ['a token', { file: 'a', block: cid }, { service, block: 'f0155' }, {}])
      expect(() => read(wrong)).toThrow(expect.objectContaining({ code: 'SETTINGS' }));
  });
});
