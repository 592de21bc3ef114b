import { type RequestListener, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deadline } from '../../../contracts/chain/deadline.ts';
import { type Bounds, fetchAnswer, fetchWhole } from '../../../contracts/chain/fetch.ts';
import { collecting } from '../../garbage.ts';

let listener: RequestListener;
let hungUp: boolean;
let url: string;
const server = createServer((request, response) => {
  response.on('close', () => (hungUp = !response.writableFinished));
  listener(request, response);
});

beforeEach(async () => {
  hungUp = false;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const fetched = async (answer: RequestListener, bounds: Partial<Bounds> = {}, init = {}) => {
  listener = answer;
  return fetchWhole(url, init, { milliseconds: 10_000, maxBytes: 1_000, ...bounds });
};
/** Headers and some of the body, then nothing. */
const stalls: RequestListener = (_, response) => void response.writeHead(200).write('so far');
/** A byte now and then. */
const trickles: RequestListener = (_, response) => {
  const more = setInterval(() => response.write('.'), 10);
  response.on('close', () => clearInterval(more));
};
const isSilent: RequestListener = () => undefined;
const STALLS: [string, RequestListener][] = [
  ['says nothing', isSilent],
  ['stalls half-way', stalls],
  ['trickles', trickles],
];

describe('an answer', () => {
  it('comes with status, headers and all its bytes, however it was cut', async () => {
    const whole = await fetched((request, response) => {
      response.writeHead(418, 'Teapot', { 'x-method': request.method });
      response.write(Buffer.from([0, 1, 2]));
      setTimeout(() => response.end(Buffer.from([255])), 10);
    });
    expect(whole).toMatchObject({ status: 418, statusText: 'Teapot' });
    expect(whole.headers.get('x-method')).toBe('GET');
    expect(whole.bytes).toEqual(new Uint8Array([0, 1, 2, 255]));
  });

  it('may have no body', async () => {
    const { status, bytes } = await fetched((_, response) => response.writeHead(204).end());
    expect([status, bytes.length]).toEqual([204, 0]);
  });

  for (const [how, answer] of STALLS) {
    it(`R5: that ${how} ends with its time, though garbage is collected meanwhile`, async () => {
      const late = collecting(async () => fetched(answer, { milliseconds: 200, maxBytes: 1e6 }));
      await expect(late).rejects.toMatchObject({ code: 'TIMEOUT' });
      await expect.poll(() => hungUp).toBe(true);
    });

    it(`R5: that ${how} ends with its caller, though garbage is collected meanwhile`, async () => {
      const caller = new AbortController();
      setTimeout(() => caller.abort(new Error('enough')), 200);
      const { signal } = caller;
      await expect(
        collecting(async () => fetched(answer, { signal, maxBytes: 1e6 }))
      ).rejects.toMatchObject({ code: 'ABORTED', cause: { message: 'enough' } });
      await expect.poll(() => hungUp).toBe(true);
    });
  }

  it('is not even asked for by a caller who has stopped already', async () => {
    let visits = 0;
    const stopped = fetched(() => (visits += 1), { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    expect(visits).toBe(0);
  });

  it('G3: is cut off past its bytes, those that compression hides too', async () => {
    const exact = await fetched((_, response) => response.end(Buffer.alloc(1_000)));
    expect(exact.bytes.length).toBe(1_000);
    const endless: RequestListener = (_, response) => {
      const more = (): boolean => response.write(Buffer.alloc(100), () => void more());
      more();
    };
    await expect(fetched(endless)).rejects.toMatchObject({ code: 'TOO_LARGE' });
    await expect.poll(() => hungUp).toBe(true);
    const packed = gzipSync(Buffer.alloc(1_001));
    expect(packed.length).toBeLessThan(100);
    await expect(
      fetched((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed))
    ).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  it('tells one that broke off from none at all', async () => {
    const cut: RequestListener = (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('x');
      setTimeout(() => response.destroy(), 20);
    };
    await expect(fetched(cut)).rejects.toMatchObject({ code: 'INCOMPLETE' });
    const none = fetched((request) => request.socket.destroy());
    await expect(none).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('is no other door’s: a redirect is followed only by who asks for that', async () => {
    const visits: string[] = [];
    const away: RequestListener = (request, response) => {
      visits.push(request.url!);
      if (request.url === '/inside') response.end('secret');
      else response.writeHead(302, { location: '/inside' }).end();
    };
    for (const init of [{}, { redirect: undefined }]) {
      await expect(fetched(away, {}, init)).rejects.toMatchObject({ code: 'UNREACHABLE' });
      expect(visits.splice(0)).toEqual(['/']);
    }
    expect((await fetched(away, {}, { redirect: 'manual' })).status).toBe(302);
    expect((await fetched(away, {}, { redirect: 'follow' })).status).toBe(200);
  });

  it('is let go of by a reader who has seen enough, and who may throw what he likes', async () => {
    listener = stalls;
    const bounds = { milliseconds: 10_000, maxBytes: 1_000 };
    expect(await fetchAnswer(url, {}, bounds, async ({ status }) => status)).toBe(200);
    await expect.poll(() => hungUp).toBe(true);
    const refusal = new TypeError('not mine');
    await expect(fetchAnswer(url, {}, bounds, async () => Promise.reject(refusal))).rejects.toBe(
      refusal
    );
  });
});

describe('a deadline', () => {
  it('R5: fires with its time though nobody holds it but the listener', async () => {
    const error = await collecting(
      async () =>
        new Promise((resolve) => {
          const caller = new AbortController();
          const both = deadline(200, caller.signal).signal;
          both.addEventListener('abort', () => resolve(both.reason));
        })
    );
    expect(error).toMatchObject({ name: 'TimeoutError' });
  });

  it('fires with its caller, at once where he has stopped, and not once it is cleared', async () => {
    const caller = new AbortController();
    const [first, cleared] = [deadline(60_000, caller.signal), deadline(1, caller.signal)];
    cleared.clear();
    caller.abort('enough');
    expect([first.signal.aborted, first.signal.reason]).toEqual([true, 'enough']);
    expect(deadline(60_000, caller.signal).signal.reason).toBe('enough');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(cleared.signal.aborted).toBe(false);
  });

  it('of more milliseconds than a timer counts does not fire at once', async () => {
    const far = deadline(2 ** 31);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(far.signal.aborted).toBe(false);
    far.clear();
  });
});
