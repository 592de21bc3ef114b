import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromHex } from '../../contracts/formats/bytes.ts';
import { encodeCountersFile } from '../../contracts/formats/counters-file.ts';
import { encodeJson } from '../../contracts/formats/json.ts';
import { sealFile } from './seal.ts';
import { type PublishedFile, type StatementInput, provenanceStatement } from './statement.ts';
import { filesBelow, sha256OfFile, syncTree } from './tree.ts';
import { withholdSecrets } from './withhold.ts';

export { layOutResult, type ResultInput, OUTPUTS };

interface ResultInput extends Omit<StatementInput, 'files'> {
  readonly secrets: readonly Uint8Array[];
  /** age recipient that every file is sealed to; `undefined` for a result that is public. */
  readonly recipient: string | undefined;
}

const OUTPUTS = 'outputs';
const PROFILE = 'perf/profile.speedscope.json';

/**
 * Lays a result directory out at `folder`: `outputs/`, `log.txt`, `perf/` and `statement.json`, or
 * the same names with `.age`. When it returns, everything has reached the disk and nothing of it
 * changes any more: sealing is random, so what is published again has to be these bytes.
 *
 * @returns SHA-256 of the profile as published
 */
async function layOutResult(folder: string, input: ResultInput): Promise<Uint8Array> {
  const { outcome, recipient } = input;
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'perf'), { recursive: true, mode: 0o700 });
  await moveFolder(outcome.outputs, join(folder, OUTPUTS));
  const withheld =
    recipient === undefined ? await withholdSecrets(join(folder, OUTPUTS), input.secrets) : [];
  const notes = withheld.map((path) => `left out ${path}: it holds one of the job's secrets\n`);
  await writeFile(join(folder, 'log.txt'), outcome.log + notes.join(''));
  await writeFile(join(folder, 'perf', 'counters.json'), encodeJson(encodeCountersFile(outcome)));
  await writeFile(join(folder, PROFILE), encodeJson(outcome.profile));
  const files = await sealAll(folder, recipient);
  const statement = provenanceStatement({ ...input, files });
  await writeFile(join(folder, 'statement.json'), encodeJson(statement));
  if (recipient !== undefined) await sealFile(join(folder, 'statement.json'), recipient);
  await syncTree(folder);
  return fromHex(files.find(({ name }) => name.startsWith(PROFILE))!.sha256, 32);
}

async function sealAll(folder: string, recipient: string | undefined): Promise<PublishedFile[]> {
  const files: PublishedFile[] = [];
  for (const name of await filesBelow(folder)) {
    const path = join(folder, name);
    if (recipient === undefined) files.push({ name, sha256: await sha256OfFile(path) });
    else
      files.push({
        name: `${name}.age`,
        sha256: await sha256OfFile(await sealFile(path, recipient)),
      });
  }
  return files;
}

/** By name where both are on one disk, else by copy. */
async function moveFolder(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await cp(from, to, { recursive: true });
  }
}
