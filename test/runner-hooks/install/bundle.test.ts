import { type Metafile, build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { HOOKS, hookScript } from '../../../runner-hooks/install/bundle.ts';

/** All that runs when a hook starts, before it has asked for anything. */
async function loadedAtStart(source: string): Promise<readonly string[]> {
  const entry = fileURLToPath(new URL(`../../../runner-hooks/install/${source}`, import.meta.url));
  const { metafile } = await build({
    ...{ entryPoints: [entry], bundle: true, write: false, metafile: true },
    ...{ platform: 'node', target: 'node20', logLevel: 'silent', outfile: 'hook.cjs' },
  });
  const { inputs }: Metafile = metafile;
  const seen = new Set<string>();
  const queue = Object.keys(inputs).filter((path) => entry.endsWith(path));
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    for (const { kind, path: next, external } of inputs[path]!.imports)
      if (kind !== 'dynamic-import' && external !== true) queue.push(next);
  }
  return [...seen];
}

describe('the scripts of the hooks', () => {
  it.each(['github-job', 'gitlab-executor'] as const)(
    'load no cryptography and no network where %s starts: a job waits for each start',
    async (name) => {
      const loaded = await loadedAtStart(HOOKS[name].source);
      expect(loaded.length).toBeGreaterThan(5);
      const heavy = /noble\/curves|post-quantum|age-encryption|o1js|helia|egress|recorded/;
      expect(loaded.filter((path) => heavy.test(path))).toEqual([]);
    }
  );

  it('are each one file that needs Node alone', async () => {
    const script = await hookScript('gitlab-executor');
    const needed = [...script.matchAll(/require\("([^"]+)"\)/g)].map(([, module]) => module!);
    expect(needed.filter((module) => !module.startsWith('node:'))).toEqual([]);
    expect(needed).toContain('node:child_process');
  });
});
