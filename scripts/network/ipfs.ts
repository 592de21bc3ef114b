export { startIpfs, type Ipfs, type IpfsOptions };

import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type IpfsNode, openNode } from '../../ipfs/node.ts';
import { answerError } from './ipfs/answer.ts';
import { answerGateway } from './ipfs/gateway.ts';
import { answerPins } from './ipfs/pinning.ts';
import { answerUpload } from './ipfs/upload.ts';

type IpfsOptions = {
  /** Where blocks and the peer's key lie. */
  folder: string;
  /** Port of the gateway on loopback; 0 takes a free one. */
  port?: number;
  /** Multiaddresses for peers; TCP and WebSockets on loopback by default. */
  listen?: readonly string[];
  bootstrap?: readonly string[];
  gateways?: readonly string[];
  /** Opens `PUT /ipfs/` and `/pins` to whoever sends it as a bearer token. Closed without one. */
  token?: string;
};

interface Ipfs {
  readonly node: IpfsNode;
  /** Base of the gateway, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  stop(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';

/** A browser asks before it sends a token to another origin. */
const isUploadPreflight = ({ method, headers }: IncomingMessage): boolean =>
  method === 'OPTIONS' && headers['access-control-request-method'] === 'PUT';

/**
 * An IPFS node and its HTTP gateway on loopback.
 *
 * - `GET|HEAD /ipfs/<cid>[/path]`, also as `http://<cid>.ipfs.localhost:<port>/path`: files,
 *   `?format=raw` one block, `?format=car` the whole DAG
 * - `PUT /ipfs/` (bearer token): a raw block of at most 1 MiB, answered with 201 and its CID
 * - `/pins` (bearer token): the IPFS Pinning Service API
 *
 * @see https://specs.ipfs.tech/http-gateways/
 * @throws {IpfsError} those of `openNode`; a port that is taken is `EADDRINUSE`
 */
async function startIpfs({
  folder,
  port = 0,
  listen = [`/ip4/${LOOPBACK}/tcp/0`, `/ip4/${LOOPBACK}/tcp/0/ws`],
  bootstrap = [],
  gateways = [],
  token,
}: IpfsOptions): Promise<Ipfs> {
  const node = await openNode({ folder, listen, bootstrap, gateways });
  const pins = answerPins(node, token);

  const listener: RequestListener = (request, response) => {
    const path = request.url?.split('?', 1)[0] ?? '';
    const work =
      path === '/pins' || path.startsWith('/pins/')
        ? pins(request, response)
        : request.method === 'PUT' || isUploadPreflight(request)
          ? answerUpload(node, token, request, response)
          : answerGateway(node.source, request, response);
    work.catch((error: unknown) => answerError(response, error));
  };
  const server = createServer({ requestTimeout: 60_000, headersTimeout: 10_000 }, listener);
  server.maxConnections = 512;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, LOOPBACK, resolve);
    });
  } catch (error) {
    await node.stop();
    throw error;
  }
  return {
    node,
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await node.stop();
    },
  };
}
