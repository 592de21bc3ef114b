import * as v from 'valibot';
import type { AccountUpdate, Command } from '../../contracts/chain/command.ts';

export { parseCommand };

const digits = v.pipe(v.string(), v.regex(/^(0|[1-9][0-9]{0,19})$/, 'expected a decimal number'));
const signature = v.pipe(v.string(), v.maxLength(128));

/**
 * What a wallet may have changed, and the signatures. Account updates are handed on as they are: whoever
 * asked for them compares each with what was asked.
 */
const CommandSchema = v.strictObject({
  feePayer: v.strictObject({
    body: v.strictObject({
      publicKey: v.pipe(v.string(), v.maxLength(64)),
      fee: digits,
      validUntil: v.nullable(digits),
      nonce: digits,
    }),
    authorization: signature,
  }),
  accountUpdates: v.pipe(
    v.array(
      v.strictObject({
        body: v.custom<AccountUpdate['body']>((body) => typeof body === 'object' && body !== null),
        authorization: v.object({
          proof: v.nullish(v.string(), null),
          signature: v.nullish(signature, null),
        }),
      })
    ),
    v.maxLength(64)
  ),
  memo: v.pipe(v.string(), v.maxLength(128)),
});

const MAX_CHARACTERS = 2 ** 20;

/** A command from JSON text of another program, such as a wallet. @throws Error for any other shape */
function parseCommand(text: string): Command {
  if (text.length > MAX_CHARACTERS)
    throw new RangeError(
      `a command of ${text.length} characters, at most ${MAX_CHARACTERS} are read`
    );
  const json: unknown = JSON.parse(text);
  return v.parse(CommandSchema, json);
}
