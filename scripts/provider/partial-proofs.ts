import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { PartialSchema, type PartialResult } from '../../oracle/prove/job.ts';

export { PartialProofs };

const SavedSchema = v.strictObject({ from: v.string(), to: v.string(), partial: PartialSchema });

/** What of a settlement is proven already, a file a tab, so that a stopped daemon goes on from there. */
class PartialProofs {
  constructor(private readonly folder: string) {}

  /** @param ids of the commits to prove, oldest first, on top of `from` */
  load(tab: string, from: string, ids: readonly string[]): PartialResult | undefined {
    let saved: unknown;
    try {
      saved = JSON.parse(readFileSync(this.#path(tab), 'utf8'));
    } catch {
      return undefined;
    }
    const result = v.safeParse(SavedSchema, saved);
    if (!result.success) return undefined;
    const { output } = result;
    const isOurs = output.from === from && ids[output.partial.jobs - 1] === output.to;
    return isOurs ? output.partial : undefined;
  }

  save(tab: string, from: string, ids: readonly string[], partial: PartialResult): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const path = this.#path(tab);
    const to = ids[partial.jobs - 1];
    writeFileSync(`${path}.new`, JSON.stringify({ from, to, partial }), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  drop(tab: string): void {
    rmSync(this.#path(tab), { force: true });
  }

  #path(tab: string): string {
    return join(this.folder, `${tab}.json`);
  }
}
