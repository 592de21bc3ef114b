import { describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../../contracts/chain/sign.ts';
import {
  changesOf,
  offerOf,
  parseNetworkFile,
  settingsFor,
  withoutOffer,
} from '../../../web/store/network-file.ts';
import { NO_SETTINGS, SettingsError, patchSettings } from '../../../web/store/settings.ts';

const { publicKey } = generateKeyPair();
const FILE = {
  version: 1,
  name: 'embedded',
  node: 'http://127.0.0.1:1/graphql',
  archive: 'http://127.0.0.1:2/',
  gateways: ['http://127.0.0.1:3/'],
  upload: 'http://127.0.0.1:3/',
  uploadToken: 'secret',
  accountManager: 'http://127.0.0.1:4/',
  services: [publicKey],
};

describe('settings', () => {
  it.each([
    ['node', { node: 'ftp://host/' }],
    ['node', { node: 'http://user:password@host/' }],
    ['node', { node: 'javascript:alert(1)' }],
    ['gateways.0', { gateways: ['host'] }],
    ['registry.services.0', { registry: { services: ['B62qnot'], lists: [] } }],
    ['registry.lists.0', { registry: { services: [], lists: ['not a cid'] } }],
    ['uploadToken', { uploadToken: 'a\nb' }],
    ['theme', { theme: 'pink' as 'dark' }],
    ['explorer', { explorer: 'https://scan.example/' }],
    ['explorer', { explorer: 'javascript:{hash}' }],
  ])('refuse a wrong %s by its name', (field, patch) => {
    expect(() => patchSettings(NO_SETTINGS, patch)).toThrow(SettingsError);
    expect(() => patchSettings(NO_SETTINGS, patch)).toThrow(expect.objectContaining({ field }));
  });

  it('take good addresses, trimmed and each once', () => {
    const settings = patchSettings(NO_SETTINGS, {
      node: ' https://node.example/graphql ',
      gateways: ['https://a.example/', 'https://a.example/'],
      registry: { services: [publicKey, publicKey], lists: [] },
    });
    expect(settings).toMatchObject({ node: 'https://node.example/graphql' });
    expect(settings.gateways).toHaveLength(1);
    expect(settings.registry.services).toEqual([publicKey]);
  });
});

describe('a network file', () => {
  it('becomes settings, while taste stays', () => {
    const settings = settingsFor(parseNetworkFile(FILE), { ...NO_SETTINGS, theme: 'dark' });
    expect(settings).toMatchObject({
      name: 'embedded',
      node: FILE.node,
      uploadToken: 'secret',
      theme: 'dark',
      registry: { services: [publicKey] },
    });
  });

  it.each([
    ['another version', { version: 2 }],
    ['an unknown field', { more: 1 }],
    ['no gateway', { gateways: [] }],
    ['a node with a password', { node: 'http://u:p@h/' }],
    ['a service that is no address', { services: ['x'] }],
    ['no proofs and no test accounts', { proofs: false, accountManager: null }],
    ['a word for whether there are proofs', { proofs: 'no' }],
  ])('is refused with %s', (_, change) => {
    expect(() => parseNetworkFile({ ...FILE, ...change })).toThrow();
  });

  it('may say that nothing is proven there, which holds for that node alone', () => {
    const settings = settingsFor(parseNetworkFile({ ...FILE, proofs: false }), NO_SETTINGS);
    expect(settings.proofs).toBe(false);
    expect(settingsFor(parseNetworkFile(FILE), NO_SETTINGS).proofs).toBe(true);
    expect(patchSettings(settings, { theme: 'dark' }).proofs).toBe(false);
    expect(patchSettings(settings, { node: 'https://n.example/' }).proofs).toBe(true);
    expect(patchSettings(settings, { accountManager: '' }).proofs).toBe(true);
  });

  it('shows what it would change, and no token', () => {
    const changes = changesOf(NO_SETTINGS, settingsFor(parseNetworkFile(FILE), NO_SETTINGS));
    expect(changes.map(({ name }) => name)).toContain('Node');
    expect(JSON.stringify(changes)).not.toContain('secret');
  });
});

describe('a link', () => {
  const current = settingsFor(parseNetworkFile({ ...FILE, proofs: false }), NO_SETTINGS);

  it('may name a network file', () => {
    const url = 'http://127.0.0.1:9/network.json';
    expect(offerOf(`#/?network=${encodeURIComponent(url)}`, current)).toEqual({ networkFile: url });
    expect(offerOf('#/?network=file:///etc/passwd', current)).toBeUndefined();
    expect(offerOf('#/market', current)).toBeUndefined();
  });

  it('may name addresses, and takes neither token nor test accounts to another host', () => {
    const hash =
      '#/settings?node=https://n.example/&upload=https://u.example/&gateway=https://g.example/';
    expect(offerOf(hash, current)).toMatchObject({
      settings: {
        node: 'https://n.example/',
        gateways: ['https://g.example/'],
        upload: 'https://u.example/',
        uploadToken: '',
        accountManager: '',
        proofs: true,
        archive: FILE.archive,
      },
    });
    expect(() => offerOf('#/settings?node=javascript:1', current)).toThrow(SettingsError);
  });
});

describe('an address whose offer was decided on', () => {
  it.each([
    ['#/market?network=http%3A%2F%2Fx%2Fn.json', '#/market'],
    ['#/?network=http://x/n.json', '#/'],
    ['#/verify/B62?log=http%3A%2F%2Fx&network=http://x', '#/verify/B62?log=http%3A%2F%2Fx'],
    ['#/settings?node=http://x&gateway=http://y&gateway=http://z', '#/settings'],
    ['#/market?node=http://x', '#/market?node=http%3A%2F%2Fx'],
    ['#/market', '#/market'],
    ['', ''],
  ])('is %j no more', (hash, left) => {
    expect(withoutOffer(hash)).toBe(left);
  });
});
