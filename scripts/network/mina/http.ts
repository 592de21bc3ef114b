import type { DocumentNode, GraphQLSchema } from 'graphql';
import { type Plugin, createYoga } from 'graphql-yoga';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import * as v from 'valibot';
import { type NetworkFile, NetworkFileSchema } from '../network-file.ts';
import { createArchiveSchema } from './archive-resolvers.ts';
import { MinaNetworkError } from './errors.ts';
import type { KeyPair } from './genesis.ts';
import { createNodeSchema } from './node-resolvers.ts';
import type { MinaNode } from './node.ts';

export { createNetworkServer, listen, MOST_BODY_BYTES };

/** A command with six proofs is about 220 kB of GraphQL literal; a node's own limit is larger. */
const MOST_BODY_BYTES = 1_000_000;
/** Validation takes time quadratic in these; the largest command that fits a block has some 6,000. */
const MOST_TOKENS = 20_000;
const BODY_TIMEOUT = 30_000;
/** A client that proves hears nothing meanwhile; were its idle connection closed, its next request on
 * it would fail. */
const KEEP_ALIVE = 600_000;

type Answer = (request: IncomingMessage, url: URL, body: string) => Promise<Reply>;

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
}

interface Route {
  readonly methods: readonly string[];
  /** Whether pages of other origins may call it. */
  readonly public: boolean;
  readonly answer: Answer;
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string
  ) {
    super(message);
  }
}

/** Node and archive GraphQL, lightnet's account manager, the network file and the controls, on one port. */
function createNetworkServer(node: MinaNode): Server {
  const routes = createRoutes(node, {});
  const server = createServer((request, response) => {
    void respond(routes, request, response);
  });
  server.requestTimeout = BODY_TIMEOUT;
  server.keepAliveTimeout = KEEP_ALIVE;
  return server;
}

/** On 127.0.0.1 only. @returns the port, chosen by the system where 0 is given */
async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const sentence = `port ${port} of 127.0.0.1 is in use; stop what uses it or choose another.`;
      const isTaken = cause.code === 'EADDRINUSE';
      reject(isTaken ? new MinaNetworkError('PORT_IN_USE', sentence, { cause }) : cause);
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return address.port;
}

/** What is served at `/network.json`, from when whoever started the network has told it. */
interface Described {
  file?: NetworkFile;
}

function createRoutes(node: MinaNode, described: Described): Map<string, Route> {
  const graphql = (schema: GraphQLSchema): Route => ({
    methods: ['GET', 'POST'],
    public: true,
    answer: graphqlAnswer(schema),
  });
  const rest = (method: string, answer: (url: URL, body: string) => unknown): Route => ({
    methods: [method],
    public: true,
    answer: async (_, url, body) => ok(await answer(url, body)),
  });
  const control = (answer: (body: string) => Promise<unknown>): Route => ({
    methods: ['POST'],
    public: false,
    answer: async (_, __, body) => ok(await answer(body)),
  });
  return new Map<string, Route>([
    ['/graphql', graphql(createNodeSchema(node))],
    ['/archive', graphql(createArchiveSchema(node))],
    ['/acquire-account', rest('GET', (url) => acquire(node, url))],
    ['/release-account', rest('PUT', (_, body) => release(node, body))],
    ['/list-acquired-accounts', rest('GET', () => node.acquiredKeyPairs().map(lightnetAccount))],
    [
      '/network.json',
      rest('GET', () => {
        if (described.file !== undefined) return described.file;
        throw new Refusal(404, 'Nobody has told this network what belongs to it.');
      }),
    ],
    [
      '/control/network',
      control(async (body) => {
        described.file = parse(NetworkFileSchema, body);
        return {};
      }),
    ],
    [
      '/control/slots',
      control(async (body) => {
        const { advance } = parse(v.strictObject({ advance: v.number() }), body);
        const { height, slot } = await node.advanceSlots(advance);
        return { height, slot };
      }),
    ],
    [
      '/control/blocks',
      control(async (body) => {
        const { count } = parse(v.strictObject({ count: Few }), body);
        for (let i = 1; i < count; i++) await node.produceBlock();
        const { height, slot } = await node.produceBlock();
        return { height, slot };
      }),
    ],
    [
      '/control/reorg',
      control(async (body) => {
        const { depth, reapply } = parse(ReorgRequest, body);
        const { height, slot } = await node.reorg(depth, { reapply: reapply ?? true });
        return { height, slot };
      }),
    ],
  ]);
}

const Few = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000));
const ReorgRequest = v.strictObject({ depth: v.number(), reapply: v.optional(v.boolean()) });

const ok = (value: unknown): Reply => ({ status: 200, body: JSON.stringify(value) });

/** As lightnet's account manager answers. */
const lightnetAccount = ({ publicKey, privateKey }: KeyPair): Record<string, unknown> => ({
  used: true,
  pk: publicKey,
  sk: privateKey,
});

function acquire(node: MinaNode, url: URL): unknown {
  if (url.searchParams.get('isRegularAccount') === 'false')
    throw new Refusal(404, 'The genesis ledger has no zkApp accounts; acquire a regular one.');
  const keyPair = node.acquire();
  if (keyPair) return lightnetAccount(keyPair);
  throw new Refusal(
    404,
    `All ${node.keyPairs.length} accounts are acquired; release one, or start with more accounts.`
  );
}

function release(node: MinaNode, body: string): unknown {
  const { pk } = parse(v.object({ pk: v.string() }), body);
  if (!node.release(pk)) throw new Refusal(404, `${pk.slice(0, 60)} is not acquired.`);
  return { code: 200, message: `Account with public key ${pk} is released.` };
}

function parse<const T extends v.GenericSchema>(schema: T, body: string): v.InferOutput<T> {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new Refusal(400, 'The body is not JSON.');
  }
  const result = v.safeParse(schema, json);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Refusal(
    400,
    `The body is not as expected: ${v.getDotPath(issue) ?? ''} ${issue.message}.`
  );
}

const tokenLimit: Plugin = {
  onParse({ parseFn, setParseFn }) {
    setParseFn(
      (source, options) => parseFn(source, { ...options, maxTokens: MOST_TOKENS }) as DocumentNode
    );
  },
};

function graphqlAnswer(schema: GraphQLSchema): Answer {
  const yoga = createYoga({
    schema,
    graphqlEndpoint: '*',
    landingPage: false,
    graphiql: false,
    logging: false,
    batching: false,
    multipart: false,
    plugins: [tokenLimit],
  });
  return async (request, url, body) => {
    const response = await yoga.fetch(url, {
      method: request.method ?? 'GET',
      headers: {
        'content-type': request.headers['content-type'] ?? 'application/json',
        // With this, errors come with status 200, where o1js looks for them, as from a node.
        accept: 'application/json',
      },
      ...(request.method === 'POST' ? { body } : {}),
    });
    return { status: response.status, body: await response.text() };
  };
}

async function respond(
  routes: Map<string, Route>,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  let reply: Reply;
  let route: Route | undefined;
  try {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    route = routes.get(url.pathname);
    reply = await answer(route, request, url);
  } catch (error) {
    reply = failure(error);
  }
  const headers: Record<string, string> = { 'content-type': reply.type ?? 'application/json' };
  if (route?.public === true) Object.assign(headers, CORS);
  // A body refused in the middle leaves bytes on the connection that are no request.
  if (!request.complete) headers.connection = 'close';
  response.writeHead(reply.status, headers).end(reply.body);
}

const CORS = {
  'access-control-allow-origin': '*',
  // Chromium asks this of pages from the internet that call the loopback address.
  'access-control-allow-private-network': 'true',
  'access-control-allow-headers': 'content-type',
  'access-control-allow-methods': 'GET, POST, PUT',
};

async function answer(
  route: Route | undefined,
  request: IncomingMessage,
  url: URL
): Promise<Reply> {
  checkHost(request);
  if (!route) throw new Refusal(404, `Nothing is at ${url.pathname.slice(0, 100)}.`);
  const method = request.method ?? 'GET';
  if (method === 'OPTIONS' && route.public) return { status: 204, body: '' };
  if (!route.methods.includes(method))
    throw new Refusal(405, `${url.pathname} takes ${route.methods.join(' or ')}, not ${method}.`);
  // A form of another origin can't send this type without asking first, which nobody answers.
  if (!route.public && request.headers['content-type'] !== 'application/json')
    throw new Refusal(415, 'The content type must be application/json.');
  return route.answer(request, url, await readBody(request));
}

/** A page whose own name resolves to 127.0.0.1 would otherwise be of our origin (DNS rebinding). */
function checkHost(request: IncomingMessage): void {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(host))
    throw new Refusal(403, 'This network answers on the loopback address only.');
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BODY_BYTES)
      throw new Refusal(413, `The body is larger than ${MOST_BODY_BYTES} bytes, the most allowed.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Errors have a number for a code where lightnet has one, and a name where they are ours. */
function failure(error: unknown): Reply {
  if (error instanceof Refusal)
    return { status: error.status, body: describe(error.status, error.message) };
  if (error instanceof MinaNetworkError)
    return {
      status: STOPPING.includes(error.code) ? 503 : 400,
      body: describe(error.code, error.message),
    };
  return { status: 500, body: describe(500, 'The network failed to answer; it is at fault.') };
}

const STOPPING: readonly string[] = ['STOPPED', 'JOURNAL_UNWRITABLE'];

const describe = (code: number | string, message: string): string =>
  JSON.stringify({ code, message });
