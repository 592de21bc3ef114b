import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../../../contracts/chain/sign.ts';
import type { Keyset } from '../../../../contracts/formats/keyset.ts';
import { readProviderConfig } from '../../../../scripts/provider/config.ts';
import { providerFile } from '../../../../web/pages/provide/provider-file.ts';
import { readDescriptor, readKeyset } from '../../../../web/pages/provide/read-draft.ts';
import { fullDraft } from './example.ts';

const folder = mkdtempSync(join(tmpdir(), 'runproof-provider-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const service = generateKeyPair().publicKey;

/** As the daemon reads it. */
function configOf(patch: Partial<Keyset> = {}, network = false) {
  const draft = { ...fullDraft(), network };
  const descriptor = readDescriptor(draft).block!.value;
  const keyset = { ...readKeyset(draft.keyset, 2).block!.value, ...patch };
  const text = providerFile({
    ...{ service, descriptor, keyset },
    node: 'http://127.0.0.1:8080/graphql',
    archive: 'http://127.0.0.1:8282',
    gateways: ['http://127.0.0.1:8081'],
  });
  const file = join(folder, 'provider.json');
  writeFileSync(file, text);
  return readProviderConfig(file);
}

describe('provider.json', () => {
  it('is a config that the daemon starts with, its keys where `key new` puts them', () => {
    const config = configOf();
    expect(config.services).toEqual([service]);
    expect(config.keys).toEqual({
      runner: join(folder, 'keys/runner.json'),
      wallet: join(folder, 'keys/wallet.json'),
      identities: { '2': [join(folder, 'keys/epoch-2.json')] },
    });
    expect(config.log.repository).toBe('https://git.example/owner/log.git');
    expect(config.proofs).toBe(true);
  });

  it('listens where the keyset says that it does', () => {
    expect(configOf().ipfs.listen).toEqual(['/ip4/0.0.0.0/tcp/4443/ws', '/ip4/0.0.0.0/tcp/4001']);
    expect(configOf({ peers: [] }).ipfs.listen).toEqual(['/ip4/0.0.0.0/tcp/4001']);
  });

  it('takes requests by hand only where the keyset has an endpoint', () => {
    expect(configOf({ endpoint: null }).handover).toBeUndefined();
    expect(configOf({ endpoint: 'http://127.0.0.1:9000' }).handover).toEqual({
      host: '127.0.0.1',
      port: 9000,
    });
    // Behind https stands a proxy of the provider's own.
    expect(configOf().handover).toEqual({ host: '127.0.0.1', port: 8790 });
  });

  it('allows the network only to a service whose jobs have it', () => {
    expect(configOf().jobs.network).toBeUndefined();
    expect(configOf({}, true).jobs.network).toBe(true);
  });
});
