import { createRoot, createSignal } from 'solid-js';
import { describe, expect, it } from 'vitest';
import { disclosures } from '../../../../web/pages/settings/disclosures.ts';
import { createDraft } from '../../../../web/pages/settings/draft.ts';
import { NO_SETTINGS, type WebSettings, patchSettings } from '../../../../web/store/settings.ts';

describe('what leaves the browser', () => {
  it('is only the page itself and whom a provider names, while nothing is set', () => {
    expect(disclosures(NO_SETTINGS, 'site.example').map(({ id }) => id)).toEqual([
      ...['site', 'endpoints', 'logs'],
    ]);
  });

  it('names every host of the settings, once', () => {
    const settings: WebSettings = {
      ...NO_SETTINGS,
      node: 'https://node.example/graphql',
      archive: 'https://archive.example/',
      gateways: ['https://g1.example', 'https://g2.example/x', 'https://g1.example/y'],
      upload: 'http://127.0.0.1:7411',
      accountManager: 'http://127.0.0.1:7410',
      registry: { services: [], lists: ['https://list.example/a.json', 'bafkreiabc'] },
    };
    const to = Object.fromEntries(
      disclosures(settings, 'site.example').map(({ id, to }) => [id, to])
    );
    expect(to).toMatchObject({
      node: ['node.example'],
      archive: ['archive.example'],
      gateways: ['g1.example', 'g2.example'],
      upload: ['127.0.0.1:7411'],
      lists: ['list.example'],
      accounts: ['127.0.0.1:7410'],
    });
  });
});

describe('settings as they are typed', () => {
  const typing = () => {
    const [settings, setSettings] = createSignal(NO_SETTINGS);
    const draft = createDraft(settings, async (patch) => {
      setSettings(patchSettings(settings(), patch));
    });
    return { settings, setSettings, draft };
  };

  it('are kept once all of them do', async () => {
    const { settings, draft } = createRoot(typing);
    draft.set('node', ' http://127.0.0.1:8080/graphql ');
    draft.set('gateways', 'https://a.example\n\n https://b.example');
    expect(await draft.save()).toBe(true);
    expect(settings()).toMatchObject({
      ...{ node: 'http://127.0.0.1:8080/graphql' },
      gateways: ['https://a.example', 'https://b.example'],
    });
    expect(draft.isDirty()).toBe(false);
  });

  it.each([
    ['node', 'ftp://x'],
    ['gateways', 'https://a.example\nnope'],
    ['services', 'B62nothing'],
    ['lists', 'not a cid'],
    ['upload', 'https://user:secret@x.example'],
  ] as const)('have the error beside %s', async (field, value) => {
    const { settings, draft } = createRoot(typing);
    draft.set(field, value);
    expect(await draft.save()).toBe(false);
    expect(Object.keys(draft.errors())).toEqual([field]);
    expect(settings()).toEqual(NO_SETTINGS);
    draft.set(field, '');
    expect(draft.errors()).toEqual({});
  });

  it('have an error beside each field that is wrong, and forget it where it is mended', async () => {
    const { draft } = createRoot(typing);
    draft.set('node', 'javascript:alert(1)');
    draft.set('gateways', 'nope\nneither');
    expect(await draft.save()).toBe(false);
    expect(Object.keys(draft.errors()).sort()).toEqual(['gateways', 'node']);
    expect(draft.problem()).toBeUndefined();
    draft.set('node', '');
    expect(Object.keys(draft.errors())).toEqual(['gateways']);
  });
});
