import { describe, expect, it } from 'vitest';
import { DOMAIN } from '../../../contracts/formats/domain.ts';
import vector from '../../vectors/domain.json' with { type: 'json' };

describe('domain prefixes', () => {
  it('are the committed ones', () => {
    const written = Object.entries(DOMAIN).map(([name, value]) => [name, value.toString()]);
    expect(Object.fromEntries(written)).toEqual(vector);
  });

  it('are all different, and all say which version they belong to', () => {
    expect(new Set(Object.values(DOMAIN)).size).toBe(Object.keys(DOMAIN).length);
    for (const value of Object.values(DOMAIN))
      expect(Buffer.from(value.toString(16), 'hex').toString('ascii')).toMatch(/^runproof\/1\//);
  });
});
