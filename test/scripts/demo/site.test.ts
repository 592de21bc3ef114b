import { describe, expect, it } from 'vitest';
import { encodeDescriptor } from '../../../contracts/formats/descriptor.ts';
import { assertParameters } from '../../../contracts/formats/parameters.ts';
import { publishEntries } from '../../../ipfs/publish.ts';
import { appService } from '../../../scripts/demo/service.ts';
import { builtSite } from '../../../scripts/demo/site.ts';
import { MemoryStore, text } from '../../ipfs/memory.ts';

const store = new MemoryStore();
const node = { source: store };

async function publish(files: Record<string, string>) {
  const entries = Object.entries(files).map(([path, content]) => ({
    path,
    content: (async function* () {
      yield text(content);
    })(),
  }));
  return (await publishEntries(entries, store)).cid;
}

describe("the site in a job's result", () => {
  it('is the one that the gateway serves, or the demo says that it is not', async () => {
    const served = await publish({ 'index.html': 'page', 'assets/a.js': 'a' });
    const other = await publish({ 'index.html': 'page', 'assets/a.js': 'b' });
    const result = await publish({
      'log.txt': 'log',
      'outputs/dist/site/index.html': 'page',
      'outputs/dist/site/assets/a.js': 'a',
    });
    expect(await builtSite(result, served, node)).toBe(served.toString());
    await expect(builtSite(result, other, node)).rejects.toMatchObject({ code: 'FAILED' });
    await expect(builtSite(served, served, node)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('the service that builds the app', () => {
  const descriptor = appService('http://127.0.0.1:7412/runproof.git', 'a'.repeat(40));

  it('is a descriptor that a service can have', () => {
    expect(encodeDescriptor(descriptor).length).toBeGreaterThan(0);
  });

  it.each([
    [{}, true],
    [{ title: 'Preview', include: 'app', checksums: true }, true],
    [{ title: '' }, false],
    [{ include: 'everything' }, false],
    [{ checksums: 'yes' }, false],
    [{ branch: 'main' }, false],
  ])('takes the parameters %j: %s', (parameters, isTaken) => {
    const check = () => assertParameters(descriptor.parameters, parameters);
    if (isTaken) expect(check()).toEqual(parameters);
    else expect(check).toThrow();
  });
});
