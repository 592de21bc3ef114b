import type { Command } from 'commander';
import { formatMina } from '../../contracts/formats/amount.ts';
import { rawCidOf } from '../../contracts/formats/cid.ts';
import {
  DescriptorSchema,
  MAX_DESCRIPTOR_BYTES,
  priceOf,
} from '../../contracts/formats/descriptor.ts';
import { check } from '../../contracts/formats/json.ts';
import { type Keyset, KeysetSchema, MAX_KEYSET_BYTES } from '../../contracts/formats/keyset.ts';
import {
  pauseService,
  publishServiceWith,
  readService,
  rotateService,
} from '../../requester/service.ts';
import { verb } from './command.ts';
import { CliError } from './error.ts';
import { readJsonFile } from './json-file.ts';
import { keysOf, progressOf, requesterOf, walletOf, withSender } from './requester.ts';

export { addServiceCommands };

/** `service`: put a thing up for sale, look at one, change who serves it. */
function addServiceCommands(program: Command): void {
  const group = program.command('service').description('things for sale');

  verb<{ keyset?: string }>(
    group,
    'publish <descriptor>',
    'put up for sale what a descriptor (JSON) describes; the wallet owns it',
    'service publish descriptor.json --keyset keyset.json --wallet provider.json',
    async (cli, options, path) => {
      const descriptor = readJsonFile(path, MAX_DESCRIPTOR_BYTES, (json) =>
        check(DescriptorSchema, json, 'descriptor')
      );
      const keyset = keysetOf(options.keyset);
      const wallet = walletOf(cli);
      const requester = await requesterOf(cli);
      const { service, transaction } = await publishServiceWith(
        requester,
        { descriptor, keyset },
        wallet,
        progressOf(cli)
      );
      cli.output.result({ ok: true, service, transaction }, [
        ['service', service],
        ['transaction', transaction],
      ]);
    }
  ).option('--keyset <file>', 'recipients, runner, payee, peers, endpoint and log (JSON)');

  verb(
    group,
    'show <address>',
    'what a service does, costs and allows, held against its account',
    'service show B62q…',
    async (cli, _, address) => {
      const requester = await requesterOf(cli);
      const { state, descriptor, keyset } = await readService(requester, address, {
        mayBePaused: true,
        signal: cli.signal,
      });
      const { base, perSecond } = priceOf(descriptor);
      const { source, limits } = descriptor;
      const descriptorCid = String(rawCidOf(state.descriptor));
      cli.output.result(
        {
          ok: true,
          service: address,
          paused: state.paused,
          epoch: state.epoch,
          descriptorCid,
          descriptor,
          keysetCid: String(rawCidOf(state.keyset)),
          keyset,
        },
        [
          ['service', address],
          ['state', state.paused ? 'paused' : 'open'],
          ['name', descriptor.name],
          ['description', descriptor.description],
          ['source', `${source.repository} at ${source.commit}`],
          ['price', `${formatMina(base)} MINA + ${formatMina(perSecond)} MINA a CPU second`],
          ['limits', `${limits.seconds} s, ${limits.memoryBytes} bytes of memory`],
          ['network', limits.network ? 'allowed' : 'none'],
          ['results', descriptor.result],
          ['parameters', JSON.stringify(descriptor.parameters)],
          ['descriptor', descriptorCid],
          ['runner', keyset.runner],
          ['log', keyset.log],
          ['by hand', keyset.endpoint ?? 'not taken'],
        ]
      );
    }
  );

  verb<{ keyset?: string; proofs: boolean }>(
    group,
    'rotate <address>',
    'begin the next epoch with another keyset; the owner’s wallet proves and pays',
    'service rotate B62q… --keyset keyset-1.json --wallet provider.json',
    async (cli, options, address) => {
      const keyset = keysetOf(options.keyset);
      const keys = keysOf(cli);
      const requester = await requesterOf(cli);
      const { transaction } = await withSender(requester, keys, options, (sender) =>
        rotateService(requester, address, keyset, {
          sender,
          owner: keys.publicKey,
          ...progressOf(cli),
        })
      );
      cli.output.result({ ok: true, service: address, epoch: keyset.epoch, transaction }, [
        ['service', address],
        ['epoch', keyset.epoch],
        ['transaction', transaction],
      ]);
    }
  )
    .option('--keyset <file>', 'the next keyset (JSON), its epoch one higher')
    .option('--no-proofs', 'for an embedded network that was started without proofs');

  verb<{ off?: boolean; proofs: boolean }>(
    group,
    'pause <address>',
    'take no new tabs and jobs; what runs is settled as agreed',
    'service pause B62q… --wallet provider.json',
    async (cli, options, address) => {
      const paused = options.off !== true;
      const keys = keysOf(cli);
      const requester = await requesterOf(cli);
      const { transaction } = await withSender(requester, keys, options, (sender) =>
        pauseService(requester, address, paused, {
          sender,
          owner: keys.publicKey,
          ...progressOf(cli),
        })
      );
      cli.output.result({ ok: true, service: address, paused, transaction }, [
        ['service', address],
        ['state', paused ? 'paused' : 'open'],
        ['transaction', transaction],
      ]);
    }
  )
    .option('--off', 'go on')
    .option('--no-proofs', 'for an embedded network that was started without proofs');
}

function keysetOf(path: string | undefined): Keyset {
  if (path === undefined)
    throw new CliError('USAGE', 'Name the file with runner, recipients and log with --keyset.');
  return readJsonFile(path, MAX_KEYSET_BYTES, (json) => check(KeysetSchema, json, 'keyset'));
}
