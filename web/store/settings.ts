export { type WebSettings, type NetworkFile, type Theme, type WalletKind };

type Theme = 'system' | 'light' | 'dark';
type WalletKind = 'auro' | 'development';

/** What a person has chosen, kept in IndexedDB. Empty addresses are not set. */
interface WebSettings {
  /** Name of the network, for people; from its network file. */
  readonly name: string;
  /** GraphQL addresses of a Mina node and an archive. */
  readonly node: string;
  readonly archive: string;
  /** Trustless IPFS gateways; none of them is believed. */
  readonly gateways: readonly string[];
  /** Where raw blocks may be written; without it, blocks go to the provider's own endpoint. */
  readonly upload: string;
  readonly uploadToken: string;
  /** REST address of an embedded network's test accounts; with it there is a development wallet. */
  readonly accountManager: string;
  readonly registry: {
    /** Addresses of services. */
    readonly services: readonly string[];
    /** Lists of such addresses: http(s) addresses or CIDs of a JSON list. */
    readonly lists: readonly string[];
  };
  readonly theme: Theme;
  /** Which wallet was connected last, so that it is connected again after a reload. */
  readonly wallet: WalletKind | null;
}

/** `network.json`: how a network is reached. A default only: settings of a person's own win. */
interface NetworkFile {
  readonly version: 1;
  readonly name: string;
  readonly node: string;
  readonly archive: string;
  readonly gateways: readonly string[];
  readonly upload: string | null;
  readonly uploadToken: string | null;
  readonly accountManager: string | null;
  readonly services: readonly string[];
}
