import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createFile, replaceFile } from '../../../scripts/requester/durable-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'runproof-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('a file is created once, for its owner only, and never overwritten', () => {
  const path = join(folder, 'tabs', 'first.json');
  createFile(path, 'money');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'tabs')).mode & 0o777).toBe(0o700);
  expect(() => createFile(path, 'nothing')).toThrow(expect.objectContaining({ code: 'EXISTS' }));
  expect(readFileSync(path, 'utf8')).toBe('money');
});

it('a file is replaced as a whole, and keeps its mode', () => {
  const path = join(folder, 'jobs', '1.json');
  createFile(path, 'a long first content');
  replaceFile(path, 'short');
  expect(readFileSync(path, 'utf8')).toBe('short');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(folder, 'jobs'))).toEqual(['1.json']);
});
