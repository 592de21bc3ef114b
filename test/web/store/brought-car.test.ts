import { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../../contracts/chain/sign.ts';
import { exportCar } from '../../../ipfs/car.ts';
import { publishEntries } from '../../../ipfs/publish.ts';
import { carBefore, readBroughtCar } from '../../../web/store/brought-car.ts';
import { MemoryStore, codeOf, text } from '../../ipfs/memory.ts';

const TAB = generateKeyPair().publicKey;

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function published(statement: string): Promise<{ root: CID; store: MemoryStore; car: Blob }> {
  const store = new MemoryStore();
  const files = { 'log.txt': 'hello', 'outputs/a': 'output', 'statement.json': statement };
  const entries = Object.entries(files).map(([path, said]) => ({
    path,
    content: once(text(said)),
  }));
  const { cid } = await publishEntries(entries, store);
  const parts: BlobPart[] = [];
  for await (const part of exportCar(cid, store)) parts.push(Uint8Array.from(part));
  return { root: cid, store, car: new Blob(parts) };
}

const statement = JSON.stringify({
  predicate: { buildDefinition: { externalParameters: { tab: TAB, service: 'not an address' } } },
});

describe('a CAR that a person brings', () => {
  it('gives its root, its blocks, and where its result says that it belongs', async () => {
    const { root, store, car } = await published(statement);
    const brought = await readBroughtCar(car);
    expect(brought.findings).toMatchObject([{ id: 'car', ok: true }]);
    expect(String(brought.root)).toBe(String(root));
    expect(brought.hints).toEqual({ tab: TAB });
    for (const [cid, bytes] of store.blocks)
      expect(await brought.blocks.get(CID.parse(cid))).toEqual(bytes);
  });

  it('I1: fails by name where a byte was changed, and no gateway’s copy takes its place', async () => {
    const { store, car } = await published(statement);
    const bytes = new Uint8Array(await car.arrayBuffer());
    const at = Buffer.from(bytes).indexOf('hello');
    bytes[at]! ^= 1;
    const brought = await readBroughtCar(new Blob([bytes]));
    const [name] = [...store.blocks].find(([, block]) => Buffer.from(block).equals(text('hello')))!;
    expect(brought.findings).toHaveLength(1);
    expect(brought.findings[0]).toMatchObject({ id: 'car', ok: false });
    expect(brought.findings[0]!.detail).toContain(name);
    const source = carBefore(brought, store);
    expect(await codeOf(source.get(CID.parse(name)))).toBe('wrong-bytes');
  });

  it('asks others for what it does not hold', async () => {
    const { car } = await published(statement);
    const others = new MemoryStore();
    const cid = await others.raw(text('elsewhere'));
    const source = carBefore(await readBroughtCar(car), others);
    expect(await source.get(cid)).toEqual(text('elsewhere'));
  });

  it('is a failed check where it is cut or no CAR at all', async () => {
    const { car } = await published(statement);
    for (const file of [car.slice(0, car.size - 3), new Blob(['<html>']), new Blob([])]) {
      const brought = await readBroughtCar(file);
      expect(brought.findings).toMatchObject([{ id: 'car', ok: false }]);
      expect(brought.root).toBeUndefined();
    }
  });

  it('says nothing of where it belongs when its statement is nonsense', async () => {
    for (const nonsense of ['null', '[]', '{"predicate":7}', 'not json'])
      expect((await readBroughtCar((await published(nonsense)).car)).hints).toEqual({});
  });
});
