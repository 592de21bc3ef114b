import * as dagCbor from '@ipld/dag-cbor';
import * as dagPb from '@ipld/dag-pb';
import { UnixFS } from 'ipfs-unixfs';
import { CID } from 'multiformats/cid';
import { create } from 'multiformats/hashes/digest';
import { identity } from 'multiformats/hashes/identity';
import { sha512 } from 'multiformats/hashes/sha2';
import { describe, expect, it } from 'vitest';
import { decodeNode, linksOf } from '../../ipfs/dag.ts';
import { codeOf, MemoryStore, text } from './memory.ts';

const store = new MemoryStore();
const leaf = await store.raw(text('leaf'));
const longHash = await sha512.digest(text('leaf'));
const directory = new UnixFS({ type: 'directory' }).marshal();

async function decode(cid: CID): Promise<ReturnType<typeof decodeNode>> {
  return decodeNode({ cid, bytes: await store.get(cid) });
}
const codeOfNode = async (cid: Promise<CID>): Promise<string> => codeOf(decode(await cid));
const pb = (node: dagPb.PBNode): Promise<CID> => store.forge(0x70, dagPb.encode(node));

describe('a node', () => {
  it('is a file when its block is raw', async () => {
    expect(await decode(leaf)).toEqual({ kind: 'file', size: 4, data: text('leaf'), parts: [] });
  });

  it('is a directory with its entries', async () => {
    const cid = await store.directory([
      ['a', leaf],
      ['b', leaf],
    ]);
    expect(await decode(cid)).toEqual({
      kind: 'directory',
      links: [
        { name: 'a', cid: leaf },
        { name: 'b', cid: leaf },
      ],
    });
  });

  it('is a file with parts and their sizes', async () => {
    expect(await decode(await store.file([[leaf, 4]]))).toMatchObject({ kind: 'file', size: 4 });
  });

  describe('I4: is refused when it', () => {
    it('is not what the encoder writes: data before links', async () => {
      const bytes = dagPb.encode(
        { Data: directory, Links: [{ Name: 'a', Hash: leaf, Tsize: 0 }] },
        { fieldOrder: 'data-first' }
      );
      expect(await codeOfNode(store.forge(0x70, bytes))).toBe('malformed');
    });

    it('writes a length in a longer form', async () => {
      const [tag, length, ...rest] = dagPb.encode({ Data: directory, Links: [] });
      const bytes = Uint8Array.of(tag!, length! | 0x80, 0, ...rest);
      expect(dagPb.decode(bytes).Data).toEqual(directory); // the codec alone takes it
      expect(await codeOfNode(store.forge(0x70, bytes))).toBe('malformed');
    });

    it('hides a field in its UnixFS data', async () => {
      const hidden = Uint8Array.of(...directory, 0x7a, 1, 65);
      expect(await codeOfNode(pb({ Data: hidden, Links: [] }))).toBe('malformed');
    });

    it('has its links out of order', async () => {
      const link = (name: string): Uint8Array =>
        dagPb.encode({ Links: [{ Name: name, Hash: leaf, Tsize: 0 }] });
      const data = dagPb.encode({ Data: directory, Links: [] });
      const bytes = Uint8Array.of(...link('b'), ...link('a'), ...data);
      expect(await codeOfNode(store.forge(0x70, bytes))).toBe('malformed');
    });

    it('has trailing bytes or is cut', async () => {
      const whole = dagPb.encode({ Data: directory, Links: [] });
      expect(await codeOfNode(store.forge(0x70, Uint8Array.of(...whole, 0)))).toBe('malformed');
      expect(await codeOfNode(store.forge(0x70, whole.slice(0, -1)))).toBe('malformed');
      expect(await codeOfNode(store.forge(0x70, new Uint8Array()))).toBe('malformed');
    });

    it('names an entry twice', async () => {
      const twice = store.directory([
        ['a', leaf],
        ['a', leaf],
      ]);
      expect(await codeOfNode(twice)).toBe('malformed');
    });

    it('has parts without sizes, empty parts, or both data and parts', async () => {
      const Links = [{ Name: '', Hash: leaf, Tsize: 4 }];
      const of = (unixfs: UnixFS): Promise<CID> => store.node(unixfs, Links);
      expect(await codeOfNode(of(new UnixFS({ type: 'file' })))).toBe('malformed');
      expect(await codeOfNode(of(new UnixFS({ type: 'file', blockSizes: [0n] })))).toBe(
        'malformed'
      );
      const both = new UnixFS({ type: 'file', blockSizes: [4n], data: text('x') });
      expect(await codeOfNode(of(both))).toBe('malformed');
      const huge = new UnixFS({ type: 'file', blockSizes: [2n ** 63n] });
      expect(await codeOfNode(of(huge))).toBe('malformed');
    });

    it('is DAG-CBOR, or carries none of UnixFS', async () => {
      expect(await codeOfNode(store.forge(0x71, dagCbor.encode({})))).toBe('malformed');
      expect(await codeOfNode(pb({ Links: [] }))).toBe('malformed');
    });
  });

  it('I3: is refused when it is a link or names a place outside', async () => {
    const symlink = new UnixFS({ type: 'symlink', data: text('/etc/passwd') });
    expect(await codeOfNode(store.node(symlink))).toBe('unsafe-file');
    for (const name of ['..', '', 'a/b', 'a\0'])
      expect(await codeOfNode(store.directory([[name, leaf]]))).toBe('unsafe-name');
  });

  it('I4: is refused when it is a shard with slots that do not fit', async () => {
    const shard = (over: object, name: string): Promise<CID> => {
      const unixfs = new UnixFS({
        ...{
          type: 'hamt-sharded-directory',
          fanout: 256n,
          hashType: 0x22n,
          data: Uint8Array.of(2),
        },
        ...over,
      });
      return store.node(unixfs, [{ Name: name, Hash: leaf, Tsize: 0 }]);
    };
    expect((await decode(await shard({}, '01a'))).kind).toBe('shard');
    expect(await codeOfNode(shard({ fanout: 1n }, '01a'))).toBe('malformed');
    expect(await codeOfNode(shard({ hashType: 0x12n }, '01a'))).toBe('malformed');
    expect(await codeOfNode(shard({ data: Uint8Array.of(4) }, '01a'))).toBe('malformed');
    expect(await codeOfNode(shard({}, 'zza'))).toBe('malformed');
    expect(await codeOfNode(shard({}, '1'))).toBe('malformed');
    expect(await codeOfNode(shard({}, '01..'))).toBe('unsafe-name');
  });
});

describe('O5: links', () => {
  const digest = leaf.multihash.digest;
  const strangers: [string, CID][] = [
    ['identity', CID.createV1(0x55, identity.digest(text('inline')))],
    ['truncated', CID.createV1(0x55, create(0x12, digest.slice(0, 20)))],
    ['another codec', CID.createV1(0x0129, leaf.multihash)],
    ['another hash', CID.createV1(0x55, longHash)],
    ['CIDv0', CID.createV0(leaf.multihash as never)],
  ];

  it.each(strangers)('with a CID that is %s are refused in every codec', async (_, stranger) => {
    const inDirectory = await store.directory([['a', stranger]]);
    expect(await codeOf(decode(inDirectory))).toBe('bad-cid');
    const bytes = await store.get(inDirectory);
    expect(await codeOf((async () => linksOf({ cid: inDirectory, bytes }))())).toBe('bad-cid');
    const value = dagCbor.encode({ deep: [{ link: stranger }] });
    const inCbor = await store.forge(0x71, value);
    expect(await codeOf((async () => linksOf({ cid: inCbor, bytes: value }))())).toBe('bad-cid');
  });

  it('of DAG-CBOR are found at any depth', async () => {
    const bytes = dagCbor.encode({ a: [leaf, { b: leaf }] });
    expect(linksOf({ cid: await store.forge(0x71, bytes), bytes })).toEqual([leaf, leaf]);
  });

  it('I4: of DAG-CBOR in a longer form, or nested beyond reason, are refused', async () => {
    const longer = Uint8Array.of(0x18, 1);
    const nested = new Uint8Array(1024 * 1024).fill(0x81);
    for (const bytes of [longer, nested]) {
      const cid = await store.forge(0x71, bytes);
      expect(await codeOf((async () => linksOf({ cid, bytes }))())).toBe('malformed');
    }
  });
});
