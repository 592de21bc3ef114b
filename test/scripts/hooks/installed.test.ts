import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { listInstalled } from '../../../scripts/hooks/installed.ts';
import { serviceUnit } from '../../../scripts/hooks/unit.ts';

it('lists what hooks are installed on, and names a file that says nothing of the kind', () => {
  const home = mkdtempSync(join(tmpdir(), 'runproof-home-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  expect(listInstalled(home)).toEqual([]);
  mkdirSync(join(home, 'runners'));
  const github = { forge: 'github', target: '/home/ci/actions-runner' };
  writeFileSync(join(home, 'runners/a.json'), JSON.stringify(github));
  expect(listInstalled(home)).toEqual([github]);
  for (const text of ['{', '{"forge":"other","target":"/"}', '{}']) {
    writeFileSync(join(home, 'runners/b.json'), text);
    expect(() => listInstalled(home)).toThrow(
      expect.objectContaining({
        code: 'SETTINGS',
        message: expect.stringContaining('runners/b.json') as string,
      })
    );
  }
});

it.each([
  ['/home/ci/.runproof', '/home/ci/.runproof'],
  ['/srv/my ci', '"/srv/my ci"'],
  ['/srv/100%/$HOME', '"/srv/100%%/$$HOME"'],
  ['/srv/"quoted\\', '"/srv/\\"quoted\\\\"'],
])('has systemd start the agent with the home %s', (home, word) => {
  expect(serviceUnit(home)).toContain(` --home ${word} hooks agent\n`);
});
