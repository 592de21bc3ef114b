export { type Installation, type InstalledFile, type Check, type Verdict };

/**
 * What a forge brings to be installed on one runner. The frame (`frame.ts`) shows, writes, records and
 * undoes; a forge says only what should stand where.
 */
interface Installation {
  readonly forge: 'github' | 'gitlab';
  /** What it is installed on, absolute: a runner's folder, a `config.toml`. */
  readonly target: string;
  /** Folder of ours alone, absolute: scripts, record, backups. Gone after the removal. */
  readonly folder: string;
  /**
   * Every file as it should be: those of others with our lines in them, and our own below `folder`.
   *
   * @param base gives a file as it would be without us; `null` where there would be none
   * @throws {InstallError} `TARGET`
   */
  files(
    base: (path: string) => Promise<string | null>
  ): Promise<readonly InstalledFile[]> | readonly InstalledFile[];
  /** Names of what our hooks make in `folder` as they run, gone with it. */
  readonly leavings?: readonly string[];
  /** What only this forge's runner needs, for `doctor`. */
  checks(): Promise<readonly Check[]>;
}

interface InstalledFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  /** Of a new file; one that is there keeps its own. Default 0644. */
  readonly mode?: number;
}

/** `fails` only for what nothing works without. */
type Verdict = 'works' | 'limited' | 'fails';

/** A line of `doctor`. */
interface Check {
  /** Short and stable, as `perf events`. */
  readonly name: string;
  readonly verdict: Verdict;
  /** What was found, in a few words. */
  readonly detail: string;
  /** What to do about it; where it works there is nothing to do. */
  readonly remedy?: string;
}
