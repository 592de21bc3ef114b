import { join } from 'node:path';
import type { Command } from 'commander';
import { createGraphql } from '../../contracts/chain/graphql.ts';
import { rawCidOf } from '../../contracts/formats/cid.ts';
import { type KeyEpoch, readKeyLog } from '../../requester/key-log.ts';
import { verb } from './command.ts';
import { CliError } from './error.ts';
import { newIdentity, newKey, writeKeyFile } from './key-file.ts';
import type { Row } from './output.ts';
import { progressOf, requesterOf } from './requester.ts';

export { addKeyCommands };

/** `key new`: a Mina key pair, or an age identity. `keys log`: who held which keys of a service when. */
function addKeyCommands(program: Command): void {
  const group = program
    .command('key')
    .alias('keys')
    .description('keys, in files that only you can read, and the history of a service’s');
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

  verb<{ owner?: string }>(
    group,
    'log <service>',
    'every epoch of a service’s keys: which, since when, and who says so',
    'keys log B62q… --archive http://127.0.0.1:7410/archive',
    async (cli, { owner }, service) => {
      const { archive } = cli.settings;
      if (archive === undefined)
        throw new CliError('SETTINGS', 'No Mina archive is known; name one with --archive.');
      const requester = await requesterOf(cli);
      const log = await readKeyLog(requester, createGraphql([archive]), service, {
        ...progressOf(cli),
        ...(owner === undefined ? {} : { owner }),
      });
      cli.output.result(
        {
          ok: true,
          service,
          owner: owner ?? null,
          ownerHash: log.owner,
          paused: log.paused,
          epochs: log.epochs.map(epochOf),
          pauses: log.pauses.map(({ epoch, paused, height, slot, time, transaction }) => ({
            ...{ epoch, paused, height, slot, transaction },
            time: new Date(time).toISOString(),
          })),
        },
        [
          ['service', service],
          ['owner', owner ?? `not named; its hash is ${log.owner}`],
          ['state', log.paused ? 'paused' : 'open'],
          ...log.epochs.map(rowOf),
          ...log.pauses.map(
            ({ paused, height, time }) =>
              [paused ? 'paused' : 'opened', `${at(time)}, block ${height}`] as const
          ),
        ]
      );
    }
  ).option('--owner <address>', 'who is said to own it: held against the account');
}

function epochOf({ epoch, digest, runner, keyset, known, since }: KeyEpoch) {
  return {
    ...{ epoch, known, runnerHash: runner },
    keyset: String(rawCidOf(digest)),
    runner: keyset?.runner ?? null,
    recipients: keyset?.recipients ?? null,
    until: keyset?.until ?? null,
    since: since === undefined ? null : { ...since, time: at(since.time) },
  };
}

const rowOf = ({ epoch, digest, runner, keyset, known, since }: KeyEpoch): Row => [
  `epoch ${epoch}`,
  [
    since === undefined
      ? 'when it began is not known'
      : `since ${at(since.time)}, block ${since.height}, transaction ${since.transaction}`,
    `runner ${keyset?.runner ?? `with hash ${runner}`}`,
    `keyset ${String(rawCidOf(digest))}`,
    ...(known === 'archive' ? ['by the archive’s word alone'] : []),
  ].join('\n'),
];

const at = (time: number): string => new Date(time).toISOString();
