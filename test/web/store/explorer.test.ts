import { describe, expect, it } from 'vitest';
import { isExplorer, transactionUrl } from '../../../web/store/explorer.ts';

const hash = `5J${'u'.repeat(50)}`;

describe('an explorer', () => {
  it('shows a transaction at its address', () => {
    expect(transactionUrl('https://scan.example/devnet/tx/{hash}', hash)).toBe(
      `https://scan.example/devnet/tx/${hash}`
    );
    expect(transactionUrl('http://127.0.0.1:1/?tx={hash}#top', hash)).toBe(
      `http://127.0.0.1:1/?tx=${hash}#top`
    );
    expect(isExplorer('https://hashes.example/tx/{hash}')).toBe(true);
  });

  it.each([
    'https://scan.example/tx/',
    'https://scan.example/{hash}/{hash}',
    'https://{hash}.example/',
    'https://{hash}/scan.example',
    'https://user:password@scan.example/{hash}',
    'javascript:alert("{hash}")',
    'data:text/html,{hash}',
    'scan.example/{hash}',
    '',
  ])('W1: is not %j', (pattern) => {
    expect(isExplorer(pattern)).toBe(false);
    expect(transactionUrl(pattern, hash)).toBeUndefined();
  });

  it('W1: is led to by a hash alone', () => {
    for (const wrong of ['', '../', `${hash}/../x`, `5J${'0'.repeat(50)}`, `${hash}?`])
      expect(transactionUrl('https://scan.example/{hash}', wrong)).toBeUndefined();
  });
});
