import * as v from 'valibot';
import { PROTOCOL, type SignerNetwork, signerNetwork } from '../formats/protocol.ts';
import { ChainError } from './error.ts';
import type { Graphql, QueryOptions } from './graphql.ts';
import { uint } from './schema.ts';

export {
  type Genesis,
  type SignerNetwork,
  readNetworkId,
  readGenesis,
  assertNetwork,
  signerNetwork,
};

/** Constants that a chain began with. */
interface Genesis {
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly slotMilliseconds: number;
  /** Blocks until one is final. */
  readonly k: number;
  /** Nanomina. */
  readonly accountCreationFee: bigint;
}

/** The node's own name of its network, such as `mina:testnet`. */
async function readNetworkId(node: Graphql, options: QueryOptions = {}): Promise<string> {
  const schema = v.object({
    networkID: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,31}$/, 'expected a short network id')),
  });
  return (await node.query('query { networkID }', {}, schema, options)).networkID;
}

async function readGenesis(node: Graphql, options: QueryOptions = {}): Promise<Genesis> {
  const document = `query {
    genesisConstants { genesisTimestamp accountCreationFee }
    daemonStatus { consensusConfiguration { k slotDuration } }
  }`;
  const schema = v.object({
    genesisConstants: v.object({
      genesisTimestamp: v.pipe(v.string(), v.isoTimestamp()),
      accountCreationFee: uint(64),
    }),
    daemonStatus: v.object({
      consensusConfiguration: v.object({ k: uint(32), slotDuration: uint(40) }),
    }),
  });
  const { genesisConstants, daemonStatus } = await node.query(document, {}, schema, options);
  return {
    timestamp: Date.parse(genesisConstants.genesisTimestamp),
    accountCreationFee: genesisConstants.accountCreationFee,
    slotMilliseconds: Number(daemonStatus.consensusConfiguration.slotDuration),
    k: Number(daemonStatus.consensusConfiguration.k),
  };
}

/**
 * Before any money moves: the node is of the network that the caller means, and of the protocol
 * version that this release signs for.
 *
 * @throws ChainError `WRONG_NETWORK`
 */
async function assertNetwork(
  node: Graphql,
  expected: string,
  options: QueryOptions = {}
): Promise<void> {
  const [network, { accountCreationFee }] = await Promise.all([
    readNetworkId(node, options),
    readGenesis(node, options),
  ]);
  if (network !== expected)
    throw new ChainError(
      'WRONG_NETWORK',
      `the node is of network ${network}, expected ${expected}; use another endpoint`
    );
  if (accountCreationFee !== PROTOCOL.accountCreationFee)
    throw new ChainError(
      'WRONG_NETWORK',
      `an account costs ${accountCreationFee} nanomina there, not ${PROTOCOL.accountCreationFee}: ` +
        'another protocol version; update this program'
    );
}
