export { type EgressPolicy, addressFor };

import { lookup } from 'node:dns/promises';
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Whom a stage may talk to. */
interface EgressPolicy {
  /** `host`, for the ports of http and https, or `host:port`; wherever they are. */
  readonly hosts: readonly string[];
  /** Every public address besides. */
  readonly isPublic: boolean;
}

/** IANA's special-purpose registries, cloud metadata and private networks among them (threat R1). */
const SPECIAL = new BlockList();
for (const [net, prefix] of [
  ...[['0.0.0.0', 8] as const, ['10.0.0.0', 8] as const, ['100.64.0.0', 10] as const],
  ...[['127.0.0.0', 8] as const, ['169.254.0.0', 16] as const, ['172.16.0.0', 12] as const],
  ...[['192.0.0.0', 24] as const, ['192.0.2.0', 24] as const, ['192.88.99.0', 24] as const],
  ...[['192.168.0.0', 16] as const, ['198.18.0.0', 15] as const, ['198.51.100.0', 24] as const],
  ...[['203.0.113.0', 24] as const, ['224.0.0.0', 4] as const, ['240.0.0.0', 4] as const],
])
  SPECIAL.addSubnet(net, prefix, 'ipv4');
/** All that is global now; below it, what leads back to IPv4 or is for documents. */
const GLOBAL = new BlockList();
GLOBAL.addSubnet('2000::', 3, 'ipv6');
for (const [net, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  SPECIAL.addSubnet(net, prefix, 'ipv6');

const USUAL_PORTS = [80, 443];

/**
 * Where to connect to for a host that a job asks for; `undefined` where it may not. Looked up once and
 * then used as it is: a name that changes meanwhile leads nowhere else.
 */
async function addressFor(
  host: string,
  port: number,
  { hosts, isPublic }: EgressPolicy
): Promise<string | undefined> {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  const isNamed =
    hosts.includes(`${name}:${port}`) || (hosts.includes(name) && USUAL_PORTS.includes(port));
  if (!isNamed && !isPublic) return undefined;
  const addresses = await lookup(name, { all: true }).catch(() => []);
  const own = Object.values(networkInterfaces()).flatMap((all) => all!.map((one) => one.address));
  return addresses
    .map(({ address }) => address)
    .find((address) => isNamed || (isGlobal(address) && !own.includes(address)));
}

const isGlobal = (address: string): boolean =>
  (isIPv4(address) && !SPECIAL.check(address, 'ipv4')) ||
  (isIPv6(address) && GLOBAL.check(address, 'ipv6') && !SPECIAL.check(address, 'ipv6'));
