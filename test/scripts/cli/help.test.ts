import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../../scripts/cli/command.ts';
import { addVerbs } from '../../../scripts/cli/verbs.ts';

const program = createProgram('0');
addVerbs(program);

/** Every verb with the words that lead to it, some of which may be said in two ways. */
const verbsOf = (group: Command, words: readonly string[]): [string, Command][] =>
  group.commands.flatMap((command): [string, Command][] => {
    const path = [...words, [command.name(), ...command.aliases()].join('|')];
    return command.commands.length > 0 ? verbsOf(command, path) : [[path.join(' '), command]];
  });

describe('the help', () => {
  it.each(verbsOf(program, []))('of runproof %s has an example of it', (words, command) => {
    let printed = '';
    command.configureOutput({ writeOut: (text) => (printed += text) }).outputHelp();
    expect(printed).toMatch(
      new RegExp(`Example:\\n  runproof ${words.replace(/\S+/g, '($&)')}( |\\n)`)
    );
    expect(command.description()).not.toBe('');
  });
});
