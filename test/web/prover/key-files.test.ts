import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { gzip } from 'pako';
import { type KeyManifest, loadKeys } from '../../../web/prover/key-files.ts';

const FOLDER = 'https://gateway.example/ipfs/bafy/keys/';
const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(new TextEncoder().encode(text));
const header = (name: string, uniqueId = `${name}-1`) => ({ persistentId: name, uniqueId });

const CONTENTS: Readonly<Record<string, string>> = {
  'srs-fp': 'points of a curve',
  'step-vk-pause': 'a method’s key',
  'step-vk-refund': 'another one’s',
};
const manifest: KeyManifest = {
  files: Object.fromEntries(
    Object.entries(CONTENTS).map(([name, text]) => {
      const data = bytesOf(text);
      const sha256 = createHash('sha256').update(data).digest('hex');
      return [name, { uniqueId: `${name}-1`, bytes: data.length, sha256 }];
    })
  ),
  circuits: { Service: ['srs-fp', 'step-vk-pause'], Tab: ['srs-fp', 'step-vk-refund'] },
};

/** A site that serves `changed` instead of what was pinned, and what was asked of it. */
function site(changed: Readonly<Record<string, Uint8Array<ArrayBuffer> | undefined>> = {}) {
  const asked: string[] = [];
  const fetch = async (url: string): Promise<Response> => {
    const name = url.slice(FOLDER.length, -'.gz'.length);
    asked.push(name);
    const text = CONTENTS[name];
    const packed = name in changed ? changed[name] : text && new Uint8Array(gzip(bytesOf(text)));
    return packed ? new Response(packed) : new Response(null, { status: 404 });
  };
  return { asked, fetch };
}

/** A browser's store of answers. */
function memoryStore() {
  const kept = new Map<string, Uint8Array<ArrayBuffer>>();
  const match = async (url: string): Promise<Response | undefined> => {
    const bytes = kept.get(url);
    return bytes && new Response(bytes);
  };
  const put = async (url: string, answer: Response): Promise<void> =>
    void kept.set(url, new Uint8Array(await answer.arrayBuffer()));
  const remove = async (url: string): Promise<boolean> => kept.delete(url);
  return { kept, match, put, delete: remove };
}

describe('key files', () => {
  it('come from the site once, then from the browser’s store', async () => {
    const store = memoryStore();
    const first = site();
    const steps: string[] = [];
    const keys = await loadKeys(['Service'], FOLDER, {
      ...{ manifest, store, fetch: first.fetch },
      onProgress: (done, of) => steps.push(`${done}/${of}`),
    });
    expect(keys.read(header('srs-fp'))).toEqual(bytesOf(CONTENTS['srs-fp']!));
    expect(first.asked).toEqual(['srs-fp', 'step-vk-pause']);
    expect(steps).toEqual(['0/2', '1/2']);

    const again = site();
    const both = await loadKeys(['Service', 'Tab'], FOLDER, {
      ...{ manifest, store, fetch: again.fetch },
    });
    expect(again.asked).toEqual(['step-vk-refund']);
    expect(both.read(header('step-vk-pause'))).toEqual(bytesOf(CONTENTS['step-vk-pause']!));
  });

  it('are not there where the site has none, which is asked for one only', async () => {
    const none = site({ 'srs-fp': undefined });
    const keys = await loadKeys(['Service'], FOLDER, { manifest, fetch: none.fetch });
    expect(none.asked).toEqual(['srs-fp']);
    expect(keys.read(header('srs-fp'))).toBeUndefined();
    const offline = () => Promise.reject(new TypeError('Failed to fetch'));
    await expect(
      loadKeys(['Service'], FOLDER, { manifest, fetch: offline })
    ).resolves.toBeDefined();
  });

  it('W2: that a gateway has swapped are refused by name, and the others are used', async () => {
    const good = bytesOf(CONTENTS['step-vk-pause']!);
    const oneBit = good.slice();
    oneBit[3]! ^= 1;
    const longer = bytesOf(`${CONTENTS['step-vk-pause']!}!`);
    for (const swapped of [
      new Uint8Array(gzip(oneBit)),
      new Uint8Array(gzip(good.slice(1))),
      new Uint8Array(gzip(longer)),
      new Uint8Array(gzip(new Uint8Array(1 << 20))),
      good,
      new Uint8Array(gzip(good)).slice(0, -1),
    ]) {
      const store = memoryStore();
      const refused: string[] = [];
      const { fetch } = site({ 'step-vk-pause': swapped });
      const keys = await loadKeys(['Service'], FOLDER, {
        ...{ manifest, store, fetch },
        onRefused: (name) => refused.push(name),
      });
      expect(refused).toEqual(['step-vk-pause']);
      expect(keys.read(header('step-vk-pause'))).toBeUndefined();
      expect(keys.read(header('srs-fp'))).toBeDefined();
      expect([...store.kept.keys()]).toHaveLength(1);
    }
  });

  it('W2: that another site of the same origin has swapped in the store are refused and fetched', async () => {
    const store = memoryStore();
    await loadKeys(['Service'], FOLDER, { manifest, store, fetch: site().fetch });
    const [first] = [...store.kept.keys()];
    store.kept.set(first!, new Uint8Array(gzip(bytesOf('points of a kurve'))));
    const refused: string[] = [];
    const after = site();
    const keys = await loadKeys(['Service'], FOLDER, {
      ...{ manifest, store, fetch: after.fetch },
      onRefused: (name) => refused.push(name),
    });
    expect([refused, after.asked]).toEqual([['srs-fp'], ['srs-fp']]);
    expect(keys.read(header('srs-fp'))).toEqual(bytesOf(CONTENTS['srs-fp']!));
  });

  it('W2: of another circuit are not handed out', async () => {
    const keys = await loadKeys(['Service'], FOLDER, { manifest, fetch: site().fetch });
    expect(keys.read(header('step-vk-pause', 'step-vk-pause-2'))).toBeUndefined();
    expect(keys.read(header('constructor'))).toBeUndefined();
    expect(keys.canWrite).toBe(false);
  });

  it('go on without a store that is full', async () => {
    const full = { ...memoryStore(), put: () => Promise.reject(new Error('QuotaExceededError')) };
    const keys = await loadKeys(['Service'], FOLDER, {
      manifest,
      store: full,
      fetch: site().fetch,
    });
    expect(keys.read(header('srs-fp'))).toBeDefined();
  });
});
