#!/usr/bin/env node
// Installs what is missing, with nothing but Node: npm packages, then Debian's tools where it may.
// Called by `prestart` and `pretest`; does nothing, quickly, when all is there. `--tests` adds what
// only tests need.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const NODE_MINIMUM = [20, 19];
const TOOLS = [
  { command: 'git', package: 'git', why: 'source, notes and the git server' },
  { command: 'perf', package: 'linux-perf', why: 'counting and sampling jobs' },
  { command: 'bwrap', package: 'bubblewrap', why: 'the sandbox that jobs run in' },
  ...(process.argv.includes('--tests')
    ? [{ command: 'chromium', package: 'chromium', why: 'the app is tested in a browser' }]
    : []),
];

function stop(sentence) {
  process.stderr.write(`setup: ${sentence}\n`);
  process.exit(1);
}

const onPath = (command) =>
  spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [wantMajor, wantMinor] = NODE_MINIMUM;
  if (major < wantMajor || (major === wantMajor && minor < wantMinor))
    stop(
      `Node ${process.versions.node} is too old; install Node ${NODE_MINIMUM.join('.')} or newer.`
    );
}

/**
 * Installs what the lock file says, unless node_modules comes from it already. Not with `npm ci`: it
 * refuses a lock that lacks o1js's native builds for other platforms, some of which no registry has.
 */
function installPackages() {
  const digest = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules', '.runproof-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  process.stderr.write('setup: installing npm packages (a minute or two)\n');
  const { status } = spawnSync('npm', ['install', '--no-save', '--no-progress'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0)
    stop('`npm install` failed; see its message above, then run the command again.');
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
}

function installTools() {
  const missing = TOOLS.filter(({ command }) => !onPath(command));
  if (missing.length === 0) return;
  const packages = missing.map((tool) => tool.package);
  const line = `apt-get install -y ${packages.join(' ')}`;
  const reasons = missing.map((tool) => `${tool.command} (${tool.why})`).join(', ');
  if (process.getuid?.() !== 0 || !onPath('apt-get'))
    stop(`missing ${reasons}; install with your package manager, on Debian: sudo ${line}`);
  process.stderr.write(`setup: ${line}\n`);
  const apt = (...args) =>
    spawnSync('apt-get', ['-qq', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0;
  if (!apt('update') || !apt('install', '-y', '--no-install-recommends', ...packages))
    stop(`could not install ${packages.join(', ')}; run \`sudo ${line}\` and try again.`);
  const still = missing.filter(({ command }) => !onPath(command));
  if (still.length > 0)
    stop(`${still.map((t) => t.command).join(', ')} still not on PATH after ${line}`);
}

checkNode();
installTools();
installPackages();
