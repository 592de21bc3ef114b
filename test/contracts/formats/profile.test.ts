import { describe, expect, it } from 'vitest';
import { utf8 } from '../../../contracts/formats/bytes.ts';
import {
  MAX_PROFILE_BYTES,
  type Profile,
  parseProfile,
} from '../../../contracts/formats/profile.ts';

const PROFILE: Profile = {
  $schema: 'https://www.speedscope.app/file-format-schema.json',
  shared: { frames: [{ name: 'build' }, { name: 'cc1' }] },
  profiles: [
    {
      type: 'sampled',
      name: 'build',
      unit: 'none',
      startValue: 0,
      endValue: 5,
      samples: [[0, 1], [0]],
      weights: [3, 2],
    },
  ],
};
const bytes = (value: unknown): Uint8Array => utf8.encode(JSON.stringify(value));
const changed = (change: object): Uint8Array =>
  bytes({ ...PROFILE, profiles: [{ ...PROFILE.profiles[0], ...change }] });

describe('a profile', () => {
  it('is read as a runner writes it', () => {
    expect(parseProfile(bytes(PROFILE))).toEqual(PROFILE);
  });

  it.each([
    ['a frame that is not there', changed({ samples: [[0, 2], [0]] }), 'RANGE'],
    ['a negative frame', changed({ samples: [[-1], [0]] }), 'SHAPE'],
    ['a stack without a weight', changed({ weights: [5] }), 'SHAPE'],
    ['weights that do not add up', changed({ weights: [3, 3] }), 'RANGE'],
    ['an unknown field', changed({ more: 1 }), 'SHAPE'],
    ['another type', changed({ type: 'evented' }), 'SHAPE'],
    ['no JSON', utf8.encode('{'), 'ENCODING'],
    ['too many bytes', new Uint8Array(MAX_PROFILE_BYTES + 1), 'SIZE'],
  ])('is refused with %s', (_, given, code) => {
    expect(() => parseProfile(given)).toThrow(expect.objectContaining({ code }));
  });
});
