export { boundedFetch, readBounded };

import { ForgeError } from './error.ts';

/**
 * A `fetch` that ends with the signal, or after `seconds` with headers and body, and whose bodies break
 * off after `maxBytes`: a forge may answer what it likes.
 */
const boundedFetch =
  ({
    signal,
    seconds,
    maxBytes,
  }: {
    signal: AbortSignal | undefined;
    seconds: number;
    maxBytes: number;
  }): typeof fetch =>
  async (input, init = {}) => {
    const signals = [AbortSignal.timeout(seconds * 1000), signal, init.signal];
    const response = await fetch(input, {
      ...init,
      signal: AbortSignal.any(signals.filter((one) => one instanceof AbortSignal)),
    });
    if (response.body === null) return response;
    const { status, statusText, headers } = response;
    return new Response(response.body.pipeThrough(atMost(maxBytes)), {
      ...{ status, statusText, headers },
    });
  };

const atMost = (maxBytes: number): TransformStream<Uint8Array, Uint8Array> => {
  let seen = 0;
  return new TransformStream({
    transform(chunk, controller) {
      seen += chunk.length;
      if (seen > maxBytes) controller.error(tooLarge(maxBytes));
      else controller.enqueue(chunk);
    },
  });
};

/** @throws {ForgeError} `too-large` */
async function readBounded(
  body: ReadableStream<Uint8Array>,
  maxBytes: number
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const tooLarge = (maxBytes: number): ForgeError =>
  new ForgeError('too-large', `the forge sent more than ${maxBytes} bytes`);
