export {
  type Plan,
  type FileChange,
  planInstall,
  planRemoval,
  applyPlan,
  describePlan,
  isInstalled,
};

import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, open, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { InstallError } from './error.ts';
import type { Installation } from './installation.ts';
import { hunksBetween, undoHunks } from './lines.ts';

/** A file that will be written, or removed; texts are `null` where there is or will be none. */
interface FileChange {
  readonly path: string;
  readonly now: string | null;
  readonly then: string | null;
  readonly mode?: number;
}

/** All that will happen, known before anything does. */
interface Plan {
  readonly forge: Installation['forge'];
  readonly target: string;
  readonly folder: string;
  readonly changes: readonly FileChange[];
  readonly leavings: readonly string[];
  /** What the installation will have done; `null` where it will be gone. */
  readonly record: InstallationRecord | null;
}

const text = v.pipe(v.string(), v.maxLength(1 << 22));
const InstallationRecordSchema = v.strictObject({
  version: v.literal(1),
  forge: v.picklist(['github', 'gitlab']),
  target: text,
  files: v.pipe(
    v.array(v.strictObject({ path: text, before: v.nullable(text), after: text })),
    v.maxLength(100)
  ),
});
type InstallationRecord = v.InferOutput<typeof InstallationRecordSchema>;

const RECORD = 'installation.json';
const BACKUP = 'backup';
const MAX_RECORD_BYTES = 1 << 24;

/**
 * What has to change so that all is as the installation wants it: nothing where it is already. An
 * earlier installation's lines are taken out first, so that one with other options replaces it.
 *
 * @throws {InstallError} `TARGET`, `CONFLICT`, `RECORD`
 */
async function planInstall(installation: Installation): Promise<Plan> {
  const { forge, target, folder, leavings = [] } = installation;
  const record = await readRecord(folder);
  const base = async (path: string): Promise<string | null> =>
    withoutUs(path, await readText(path), record);
  const wanted = await installation.files(base);
  const files = await Promise.all(
    wanted.map(async ({ path, text }) => ({ path, before: await base(path), after: text }))
  );
  const written = await Promise.all(
    wanted.map(async ({ path, text, mode }) => ({
      ...{ path, now: await readText(path), then: text },
      ...(mode === undefined ? {} : { mode }),
    }))
  );
  const dropped = await removals(record, new Set(wanted.map(({ path }) => path)));
  const changes = [...written, ...dropped].filter(({ now, then }) => now !== then);
  const installed = { version: 1, forge, target, files } as const;
  return { forge, target, folder, changes, leavings, record: installed };
}

/**
 * What has to change so that nothing of ours is left, and all else is as it is now.
 * @throws {InstallError} `ABSENT`, `CONFLICT`, `RECORD`
 */
async function planRemoval({
  forge,
  target,
  folder,
  leavings = [],
}: Pick<Installation, 'forge' | 'target' | 'folder' | 'leavings'>): Promise<Plan> {
  const record = await readRecord(folder);
  if (record === undefined)
    throw new InstallError('ABSENT', `Runproof is not installed on ${target}.`);
  const changes = (await removals(record, new Set())).filter(({ now, then }) => now !== then);
  return { forge, target, folder, changes, leavings, record: null };
}

/** Files of the record that are not to be kept, as they would be without us. */
const removals = (
  record: InstallationRecord | undefined,
  kept: ReadonlySet<string>
): Promise<FileChange[]> =>
  Promise.all(
    (record?.files ?? [])
      .filter(({ path }) => !kept.has(path))
      .map(async ({ path }) => {
        const now = await readText(path);
        return { path, now, then: withoutUs(path, now, record) };
      })
  );

/** A file as it would be had we never touched it, with all that others have changed since. */
function withoutUs(
  path: string,
  now: string | null,
  record: InstallationRecord | undefined
): string | null {
  const file = record?.files.find((known) => known.path === path);
  if (file === undefined || now === file.before) return now;
  if (now === file.after || now === null) return file.before;
  const rest = undoHunks(now, hunksBetween(file.before ?? '', file.after));
  if (rest === undefined)
    throw new InstallError(
      'CONFLICT',
      `${path} was changed where Runproof had written; take those lines out by hand, or put back what ${RECORD} beside the hooks says.`
    );
  return rest === '' && file.before === null ? null : rest;
}

/** The record first: from then on a crash at any point leaves what {@link planRemoval} can undo. */
async function applyPlan({ folder, changes, leavings, record }: Plan): Promise<void> {
  if (record !== null) {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    // The runner's user makes what the hooks need in it.
    const { uid, gid } = await stat(dirname(folder));
    if (process.getuid?.() === 0) await chown(folder, uid, gid);
    await mkdir(join(folder, BACKUP), { recursive: true, mode: 0o700 });
    for (const { path, now } of changes)
      if (now !== null && !path.startsWith(`${folder}/`))
        await writeThrough(join(folder, BACKUP, `${basename(path)}.${Date.now()}`), now, 0o600);
    await writeThrough(join(folder, RECORD), `${JSON.stringify(record, null, 2)}\n`, 0o600);
  }
  for (const { path, then, mode = 0o644 } of changes)
    if (then === null) await rm(path, { force: true });
    else {
      await mkdir(dirname(path), { recursive: true, mode: 0o755 });
      await writeThrough(path, then, mode);
    }
  if (record !== null) return;
  for (const name of [BACKUP, ...leavings])
    await rm(join(folder, name), { recursive: true, force: true });
  await rm(join(folder, RECORD), { force: true });
  // Whatever else somebody has put there is theirs.
  await rmdir(folder).catch(() => undefined);
}

/** Whole or not at all; a file that is there keeps its mode and its owner. */
async function writeThrough(path: string, text: string, mode: number): Promise<void> {
  const old = await stat(path).catch(() => undefined);
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  const handle = await open(draft, 'wx', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  const owner = old ?? (await stat(dirname(path)));
  await chmod(draft, old === undefined ? mode : old.mode & 0o7777);
  if (process.getuid?.() === 0) await chown(draft, owner.uid, owner.gid);
  await rename(draft, path);
}

/** As people read changes: file by file, lines with `-` and `+`. Our own scripts by name only. */
function describePlan({ changes, folder }: Plan): string {
  return changes
    .map(({ path, now, then }) => {
      if (path.startsWith(`${folder}/`))
        return `${then === null ? 'remove' : now === null ? 'write' : 'replace'} ${path}`;
      const lines = hunksBetween(now ?? '', then ?? '').flatMap(({ at, removed, added }) => [
        `@@ line ${at} @@`,
        ...removed.map((line) => `-${line.replace(/\n$/, '')}`),
        ...added.map((line) => `+${line.replace(/\n$/, '')}`),
      ]);
      const what = then === null ? 'remove' : now === null ? 'write' : 'change';
      return [`${what} ${path}`, ...lines].join('\n');
    })
    .join('\n');
}

/** Whether all that the record says is in place. @throws {InstallError} `RECORD` */
async function isInstalled({ folder }: Pick<Installation, 'folder'>): Promise<boolean | 'changed'> {
  const record = await readRecord(folder);
  if (record === undefined) return false;
  for (const { path, before, after } of record.files) {
    const now = await readText(path);
    if (now === after) continue;
    const hunks = hunksBetween(before ?? '', after);
    if (now === null || undoHunks(now, hunks) === undefined) return 'changed';
  }
  return true;
}

async function readRecord(folder: string): Promise<InstallationRecord | undefined> {
  const path = join(folder, RECORD);
  const json = await readText(path);
  if (json === null) return undefined;
  try {
    return v.parse(InstallationRecordSchema, JSON.parse(json));
  } catch (cause) {
    throw new InstallError(
      'RECORD',
      `${path} is not what Runproof wrote; put it back from a backup, or remove its lines by hand.`,
      { cause }
    );
  }
}

async function readText(path: string): Promise<string | null> {
  try {
    if ((await stat(path)).size > MAX_RECORD_BYTES)
      throw new InstallError('TARGET', `${path} is too large for what it should be.`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
