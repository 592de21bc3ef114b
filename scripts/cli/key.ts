import { join } from 'node:path';
import type { Command } from 'commander';
import { verb } from './command.ts';
import { CliError } from './error.ts';
import { newIdentity, newKey, writeKeyFile } from './key-file.ts';

export { addKeyCommands };

/** `key new`: a Mina key pair, or an age identity. */
function addKeyCommands(program: Command): void {
  const group = program.command('key').description('keys, in files that only you can read');
  verb<{ type: string; out?: string }>(
    group,
    'new <name>',
    'make a key and print its public part',
    'key new wallet',
    async ({ settings, output }, { type, out }, name) => {
      if (type !== 'mina' && type !== 'age')
        throw new CliError('USAGE', `there is no key of type ${type}; choose mina or age.`);
      if (out === undefined && !/^[A-Za-z0-9_-]{1,64}$/.test(name))
        throw new CliError('USAGE', `${JSON.stringify(name)} is not a plain name; use letters.`);
      const key = type === 'mina' ? newKey() : await newIdentity();
      const path = out ?? join(settings.home, 'keys', `${name}.json`);
      writeKeyFile(path, key);
      const shown = key.type === 'mina' ? key.publicKey : key.recipient;
      output.result({ ok: true, type, public: shown, file: path }, [
        ['type', type],
        ['public', shown],
        ['file', path],
      ]);
    }
  )
    .option('--type <type>', 'mina (pays, signs) or age (opens sealed results)', 'mina')
    .option('--out <file>', 'another file');
}
