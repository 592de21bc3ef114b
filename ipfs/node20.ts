/**
 * What Helia and libp2p take from Node 22 and Node 20 lacks: `Promise.withResolvers`, called by the
 * locks of mortice and it-queue, and a global `WebSocket`, with which browsers and newer Nodes dial
 * `/ws` addresses. Import this file before either runs; it leaves alone what is there.
 * @see https://tc39.es/ecma262/#sec-promise.withResolvers
 */
import { WebSocket } from 'undici';

type Resolvers = { promise: unknown; resolve: unknown; reject: unknown };
type Global = { WebSocket?: unknown; Promise: { withResolvers?: () => Resolvers } };

function withResolvers(): Resolvers {
  let resolve: unknown;
  let reject: unknown;
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

const global = globalThis as Global;
global.Promise.withResolvers ??= withResolvers;
global.WebSocket ??= WebSocket;
