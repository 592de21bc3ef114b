import * as v from 'valibot';
import { FormatError } from './error.ts';
import { utf8 } from './bytes.ts';
import { check } from './json.ts';

export { MAX_PROFILE_BYTES, type Profile, parseProfile };

const MAX_PROFILE_BYTES = 32 * 2 ** 20;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const text = v.pipe(v.string(), v.maxLength(4_096));

/**
 * The part of speedscope's file format that a runner writes
 * (https://www.speedscope.app/file-format-schema.json): a sampled profile a phase.
 */
const ProfileSchema = v.strictObject({
  $schema: v.literal('https://www.speedscope.app/file-format-schema.json'),
  shared: v.strictObject({
    frames: v.pipe(v.array(v.strictObject({ name: text })), v.maxLength(500_000)),
  }),
  profiles: v.pipe(
    v.array(
      v.strictObject({
        type: v.literal('sampled'),
        name: text,
        /** Weights count samples. */
        unit: v.literal('none'),
        startValue: v.literal(0),
        endValue: count,
        /** Indices into the frames, root first. */
        samples: v.array(v.array(count)),
        weights: v.array(count),
      })
    ),
    v.maxLength(16)
  ),
});
type Profile = v.InferOutput<typeof ProfileSchema>;

/** @throws FormatError for any other shape, and for sums and indices that are not what they say */
function parseProfile(bytes: Uint8Array): Profile {
  const profile = check(ProfileSchema, read(bytes), 'profile');
  const frames = profile.shared.frames.length;
  for (const { name, samples, weights, endValue } of profile.profiles) {
    if (samples.length !== weights.length)
      throw new FormatError('SHAPE', `${samples.length} stacks and ${weights.length} weights`);
    if (samples.some((stack) => stack.some((frame) => frame >= frames)))
      throw new FormatError('RANGE', `a stack of ${name} names a frame beyond the ${frames} given`);
    if (weights.reduce((sum, weight) => sum + weight, 0) !== endValue)
      throw new FormatError('RANGE', `the weights of ${name} do not add up to ${endValue}`);
  }
  return profile;
}

/** Any JSON: the bytes are held to their digest elsewhere, and encoding them again would take seconds. */
function read(bytes: Uint8Array): unknown {
  if (bytes.length > MAX_PROFILE_BYTES)
    throw new FormatError(
      'SIZE',
      `a profile of ${bytes.length} bytes, at most ${MAX_PROFILE_BYTES} are read`
    );
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw new FormatError('ENCODING', 'the profile is not JSON', { cause });
  }
}
