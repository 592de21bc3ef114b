import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { exportCar } from '../../ipfs/car.ts';
import { openNode } from '../../ipfs/node.ts';
import { publishDirectory } from '../../ipfs/publish.ts';
import { runProgram } from '../cli/command.ts';
import { defaultHome } from '../cli/settings.ts';
import { buildSite } from './build.ts';
import { ROOT } from './checkout.ts';
import { parseServices, pinAt } from './pinning-service.ts';

interface Options {
  readonly pinning: string;
  readonly gateway: string;
  readonly domain: string;
  readonly listen: string;
  readonly home: string;
  readonly folder?: string;
  readonly car: string;
}

/** `npm run publish:site`: builds, imports, writes the CAR, pins, and prints what to link to. */
async function publish(options: Options): Promise<void> {
  const { pinning, gateway, domain, listen, home, car } = options;
  // Before the build, so that a typing error costs no time.
  const services = parseServices(pinning);
  const host = gatewayHost(gateway);
  const folder = options.folder ?? (await buildSite());
  const node = await openNode({ folder: join(home, 'site'), listen: [listen] });
  try {
    const cid = await node.pins.hold(async () => {
      const published = await publishDirectory(folder, node.store);
      await node.pins.pin(published.cid, { name: 'runproof site' });
      return published.cid;
    });
    // Whoever reads it while it is written finds the former one whole.
    await pipeline(exportCar(cid, node.store), createWriteStream(`${car}.part`));
    await rename(`${car}.part`, car);
    for (const service of services) {
      process.stderr.write(`publish:site: pinning at ${new URL(service.url).host}\n`);
      await pinAt(service, {
        ...{ cid, name: 'runproof site', origins: node.peerAddresses() },
        dial: (address) => node.dial(address),
      });
    }
    const lines = [
      ['CID', cid.toString()],
      ['CAR', car],
      ['path form', `${host.origin}/ipfs/${cid.toString()}/`],
      ['subdomain form', `${host.protocol}//${cid.toString()}.ipfs.${host.host}/`],
      ['DNSLink', `_dnslink.${domain}. TXT "dnslink=/ipfs/${cid.toString()}"`],
      ['pinned at', services.map(({ url }) => new URL(url).host).join(', ') || 'no service'],
    ];
    process.stdout.write(lines.map(([name, text]) => `${name!.padEnd(16)}${text!}\n`).join(''));
  } finally {
    await node.stop();
  }
}

function gatewayHost(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new Error(`${JSON.stringify(text)} is not a gateway's address; write https://<host>.`);
  // `127.0.0.1` can't have names below it, and means the same.
  if (url.hostname === '127.0.0.1') url.hostname = 'localhost';
  return url;
}

const program = new Command('publish:site')
  .description('Builds the app, writes dist/site.car, and pins it to the configured services.')
  .option(
    '--pinning <services>',
    '"<address> <token file>", several by commas ($RUNPROOF_PINNING)',
    process.env.RUNPROOF_PINNING ?? ''
  )
  .option('--gateway <address>', 'that the addresses are of', 'https://dweb.link')
  .option('--domain <name>', 'for the DNSLink record', 'runproof.example')
  .option('--listen <multiaddress>', 'where services may fetch from', '/ip4/0.0.0.0/tcp/0')
  .option('--home <folder>', 'keeps the blocks below it', defaultHome(process.env))
  .option('--folder <folder>', 'publishes what lies there instead of building')
  .option('--car <file>', 'where the CAR goes', join(ROOT, 'dist/site.car'))
  .exitOverride()
  .action((options: Options) => publish(options));

process.exitCode = await runProgram(program, process.argv.slice(2));
