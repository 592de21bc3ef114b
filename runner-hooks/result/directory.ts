import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromHex } from '../../contracts/formats/bytes.ts';
import { type CountersFile, encodeCountersFile } from '../../contracts/formats/counters-file.ts';
import { encodeJson } from '../../contracts/formats/json.ts';
import { RESULT } from './layout.ts';
import { sealFile } from './seal.ts';
import type { PublishedFile } from './statement.ts';
import { filesBelow, sha256OfFile, syncTree } from './tree.ts';

export { type ResultContent, beginResult, completeResult };

interface ResultContent extends CountersFile {
  /** Published as `log.txt`, which is left out where this is `undefined`. */
  readonly log: string | undefined;
  /** In speedscope's format. */
  readonly profile: object;
  /** age recipient that every file is sealed to; `undefined` for a result that is public. */
  readonly recipient: string | undefined;
  /** in-toto statement about the files, which it stands beside. */
  readonly statement: (files: readonly PublishedFile[]) => object;
}

/**
 * Makes an empty result directory at `folder`; what a crash left there is removed.
 * @returns path of the folder that the outputs are to be put into
 */
async function beginResult(folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'perf'), { recursive: true, mode: 0o700 });
  const outputs = join(folder, RESULT.outputs);
  await mkdir(outputs);
  return outputs;
}

/**
 * Adds log, `perf/` and `statement.json` to the outputs, and seals them all as `*.age` where the result
 * has a recipient. When it returns, everything has reached the disk and nothing of it changes any more:
 * sealing is random, so what is published again has to be these bytes.
 *
 * @returns SHA-256 of the profile as published
 */
async function completeResult(folder: string, content: ResultContent): Promise<Uint8Array> {
  const { log, profile, recipient } = content;
  if (log !== undefined) await writeFile(join(folder, RESULT.log), log);
  await writeFile(join(folder, RESULT.counters), encodeJson(encodeCountersFile(content)));
  await writeFile(join(folder, RESULT.profile), encodeJson(profile));
  const files: PublishedFile[] = [];
  for (const name of await filesBelow(folder))
    files.push(await publishable(folder, name, recipient));
  const statement = join(folder, RESULT.statement);
  await writeFile(statement, encodeJson(content.statement(files)));
  if (recipient !== undefined) await sealFile(statement, recipient);
  await syncTree(folder);
  return fromHex(files.find(({ name }) => name.startsWith(RESULT.profile))!.sha256, 32);
}

async function publishable(
  folder: string,
  name: string,
  recipient: string | undefined
): Promise<PublishedFile> {
  const path = join(folder, name);
  if (recipient === undefined) return { name, sha256: await sha256OfFile(path) };
  return { name: `${name}.age`, sha256: await sha256OfFile(await sealFile(path, recipient)) };
}
