import { base64 } from '@scure/base';

export { MAX_FILE_BYTES, readFile };

/** What still fits an envelope beside the rest, in base64. A larger one is passed by CID. */
const MAX_FILE_BYTES = 160 * 1024;

/** @throws Error with one sentence for whoever chose it */
async function readFile(
  file: File,
  isBase64: boolean
): Promise<{ readonly name: string; readonly content: string }> {
  if (file.size > MAX_FILE_BYTES)
    throw new Error(
      `The file has ${Math.ceil(file.size / 1024)} KiB; at most ${MAX_FILE_BYTES / 1024} KiB go with a request. Put it on IPFS and pass its CID.`
    );
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (isBase64) return { name: file.name, content: base64.encode(bytes) };
  try {
    return { name: file.name, content: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (cause) {
    throw new Error('The file is not text in UTF-8.', { cause });
  }
}
