import { sha256 } from '@noble/hashes/sha2.js';
import { base58 } from '@scure/base';
import Client from 'mina-signer';
import {
  type Credential,
  type Opening,
  secretDigest,
} from '../../contracts/formats/credential.ts';
import { executionChain } from '../../contracts/formats/execution.ts';
import type { Descriptor, LocalDescriptor } from '../../contracts/formats/descriptor.ts';
import type { Envelope } from '../../contracts/formats/envelope.ts';
import { extensionCommitment, closingCommitment } from '../../contracts/formats/order.ts';
import type { SignedClosing, SignedExtension } from '../../contracts/formats/order.ts';
import type { Keyset } from '../../contracts/formats/keyset.ts';
import type { Note } from '../../contracts/formats/note.ts';
import {
  type Origin,
  originCommitment,
  originDigest,
} from '../../contracts/formats/origin.ts';
import type { RunNote } from '../../contracts/formats/run-note.ts';
import { type Counter, perfRoot } from '../../contracts/formats/perf.ts';
import { amountOf } from '../../contracts/formats/amount.ts';
import { bodyCommitment, receiptCommitment } from '../../contracts/formats/receipt.ts';
import type { Receipt } from '../../contracts/formats/receipt.ts';
import { type SignedRequest, requestCommitment } from '../../contracts/formats/request.ts';
import type { FieldSignature } from '../../contracts/formats/signature.ts';
import { type TabSet } from '../../contracts/formats/tab-set.ts';
import { MINA_TOKEN, type Terms, termsCommitment } from '../../contracts/formats/terms.ts';
import { utf8 } from '../../contracts/formats/bytes.ts';

export {
  signer,
  privateKey,
  publicKey,
  digest,
  sign,
  terms,
  request,
  counters,
  receipt,
  note,
  origin,
  runNote,
  extension,
  closing,
  descriptor,
  workflowDescriptor,
  keyset,
  envelope,
  credential,
  opening,
  tabSet,
  IDENTITY,
  RECIPIENT,
};

/** One job from order to note, with every signature real: what the committed vectors are made of. */

const signer = new Client({ network: 'testnet' });

/** The private key whose scalar is `scalar`, in base58check as wallets write it. */
function privateKey(scalar: number): string {
  const payload = new Uint8Array(34);
  payload.set([0x5a, 0x01]);
  new DataView(payload.buffer).setUint32(2, scalar, true);
  return base58.encode(Uint8Array.from([...payload, ...sha256(sha256(payload)).slice(0, 4)]));
}

const publicKey = (scalar: number): string => signer.derivePublicKey(privateKey(scalar));

const digest = (text: string): Uint8Array => sha256(utf8.encode(text));

function sign(message: bigint, scalar: number): FieldSignature {
  const { signature } = signer.signFields([message], privateKey(scalar));
  const bytes = base58.decode(signature);
  const little = (from: number): bigint =>
    bytes.slice(from, from + 32).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  // base58check payload: version 0x9a, type 1, r and s little-endian, 4 bytes of checksum.
  return { r: little(2), s: little(34) };
}

const SCALAR = { tab: 11, service: 12, requestKey: 13, refund: 14, payee: 15, runner: 16 } as const;

const terms: Terms = {
  network: 'mina:testnet',
  tab: publicKey(SCALAR.tab),
  service: publicKey(SCALAR.service),
  requestKey: publicKey(SCALAR.requestKey),
  refund: publicKey(SCALAR.refund),
  payee: publicKey(SCALAR.payee),
  price: { base: 10_000_000n, perSecond: 2_500_000n },
  token: MINA_TOKEN,
  cap: 1_000_000_000n,
};

const order = {
  terms,
  sequence: 7,
  envelope: digest('envelope'),
  maximum: 500_000_000n,
  validUntil: 123_456,
};
const request: SignedRequest = {
  ...order,
  signature: sign(requestCommitment(order), SCALAR.requestKey),
};

const execution = {
  source: digest('source'),
  input: order.envelope,
  phases: [
    {
      name: 'build',
      script: digest('make'),
      exitStatus: 0,
      milliseconds: 61_234n,
      taskClock: 58_000_000_001n,
    },
    {
      name: 'test',
      script: digest('make test'),
      exitStatus: 2,
      milliseconds: 4_321n,
      taskClock: 4_000_000_000n,
    },
  ],
  output: digest('output'),
};

const counters: readonly Counter[] = [
  { name: 'task-clock', unit: 'ns', value: 62_000_000_001n },
  { name: 'page-faults', unit: 'count', value: 4_711n },
  { name: 'instructions', unit: 'count', value: undefined },
];
const profile = digest('profile');
const blinding = 0x1234_5678_9abc_def0_1234_5678_9abc_def0n;
const amount = amountOf(terms.price, counters[0]!.value!, 2, order.maximum);

const receipt: Receipt = {
  sequence: order.sequence,
  request: requestCommitment(order),
  result: digest('result'),
  body: bodyCommitment({
    execution: executionChain(execution),
    perf: perfRoot(counters, profile),
    exitStatus: 2,
    amount,
    blinding,
  }),
  amount,
  finishedAt: 1_790_000_000,
};

const note: Note = {
  receipt,
  request,
  runner: publicKey(SCALAR.runner),
  signature: sign(receiptCommitment(receipt), SCALAR.runner),
  source: '0123456789abcdef0123456789abcdef01234567',
  execution,
  exitStatus: 2,
  counters,
  profile,
  blinding,
  previous: null,
};

const origin: Origin = {
  version: 1,
  forge: 'github',
  host: 'git.example',
  repository: 'library/library',
  commit: note.source,
  workflow: {
    path: '.github/workflows/test.yml',
    sha256: Buffer.from(digest('workflow')).toString('hex'),
  },
  run: '9007199254740993',
  attempt: 2,
  job: { id: null, name: 'test "unit"' },
  event: 'pull_request',
  actor: 'release-bot[bot]',
  fork: true,
  ref: 'refs/pull/7/merge',
};

const runExecution = { ...execution, input: originDigest(origin) };
const runReceipt: Receipt = {
  ...receipt,
  sequence: 3,
  request: originCommitment(publicKey(SCALAR.runner), origin),
  body: bodyCommitment({
    execution: executionChain(runExecution),
    perf: perfRoot(counters, profile),
    exitStatus: 2,
    amount: 0n,
    blinding,
  }),
  amount: 0n,
};

const runNote: RunNote = {
  receipt: runReceipt,
  origin,
  runner: publicKey(SCALAR.runner),
  signature: sign(receiptCommitment(runReceipt), SCALAR.runner),
  source: note.source,
  execution: runExecution,
  exitStatus: 2,
  counters,
  profile,
  blinding,
  previous: null,
};

const extension: SignedExtension = {
  terms,
  expiry: 200_000,
  signature: sign(extensionCommitment({ terms, expiry: 200_000 }), SCALAR.requestKey),
};

const head = 'fedcba9876543210fedcba9876543210fedcba98';
const closing: SignedClosing = {
  terms,
  head,
  signature: sign(closingCommitment({ terms, head }), SCALAR.requestKey),
};

const descriptor: LocalDescriptor = {
  version: 1,
  name: 'Unit tests',
  description: 'Runs the tests of a TypeScript library — and measures them.',
  source: { repository: 'https://git.example/library.git', commit: note.source },
  job: {
    phases: [
      { name: 'build', script: 'make' },
      { name: 'test', script: 'make test' },
    ],
    outputs: ['coverage/report.json'],
  },
  driver: 'local',
  parameters: {
    type: 'object',
    properties: { node: { enum: ['20', '22'] } },
    required: ['node'],
    additionalProperties: false,
  },
  price: { base: '10000000', perSecond: '2500000', token: 'MINA' },
  limits: {
    seconds: 600,
    memoryBytes: 2 ** 30,
    processes: 256,
    outputBytes: 2 ** 26,
    logBytes: 2 ** 20,
    network: false,
  },
  result: 'public',
  licence: 'Apache-2.0',
};

/** Age keys of these vectors only: published here, so they protect nothing. */
const IDENTITY = 'AGE-SECRET-KEY-PQ-1YNEU6YSKFRHE03AVPTSWL58XUDS3PCWES3FEVEP5KLNYJ7SVH3EQGFV05P';
const RECIPIENT =
  'age1pq1k0z66x295jnlcqet8sw3z7ph66v4tt8htpp72p35x24ucwsmqtechvrhcqzx9wnqs6z5xgv4eya2j9lc2vdhh9wpe2shkkj65njgsxyksqx3xayu3r87lk4fwc7z8wqsg8cqk5t9vj0ruy9xcptyvlgx2gyq9zhxj2klsa3clrcfm7tqcrm72m8lvze57s2chyj3vpechpzkxp5cvguwv3u6ngsmax322vek48epscu8a7yanptj67ahjh6swrry577ca9nk8lr2v7lp22gqfsf87syfzve8sgcesc6qcfnr4ye2qyfw32k0hgwgn4kyjq6s43h2us656aptq9zsud2kva0vkewcfsjf6aarxmcnu5uh526m4wwp5jyetwgura4ehf0h3chcs8fgqwtjz5qjkz5z6dypqvqkr02dryqvrju5zvuktx2x0fu99jdlxdsx443jhf66wcdkcpjq3ryccfzdud239mdsgclhfw2q9n96gjtgr2qd8hqetknpck37y4k0qdf3jup0qxeea0wsd5yxey6dweaurxsfydjjj9h2wr87wnqr6ezc3qj0ku45hhwhwgyjk2faz78z6s99ym9vlhtfyj9dytvlhywp49n624f9nc8zzd873f9vzkc384ncvpyy58sksp2ax4ruu49dn5fjayexwex6p7kknzlwt2x3l5zp9rrrlu7uka2d4r7ht0zyc8qlymtymyspvnezq8txz9y9f3q54asu6svr5y9lksuz8g3rtl9kp6jpwqyddpp9e3w5dj5wpps6jle68jdp4m6tsvqwd2nnxw58c6t9rrgp8erlkpdrvqc0h5vmvq9z4ajk4zpa2tcgz7ppfas6rtmhuj7n3j34sxj9gxe52kpuxf7ztzkv9ehqjzgkr9svc59m4zapx26s5u5rnzkmqf2zkgsecusswzvcfnrq3r92rq0rrv4vv0wq2qnq03xpv5fnuwjwcycptfzuh6xxhmexcyve8880rgnzfh3ckkuhqg3mfz8fcs95seqge6rre8yvt5edq3uv58q8ylzga8zn3tc4r7lzjjg3xfxauakf3kcg57dpcne758yh6gg8q76fekf8efrzyhn3zk3qgkf90ueay0nkj932vxdkj3556z0hp6ncphtyuvd4dg9gyagym2g2ywra9anpdkt2jdysc3srnz6nufe04cs33s6cxruhwsp7g9xkwe6ckutmj90vema68wfxkx60l47p7e4j8f93ykgldrrmgamrv7x9xr36r89cpqjmkwl8e3yj2d2uf8jr066r0mdcc9e3qe9hwsfvz6jg4e2m3hwt5hev899t0kwqhywztxn64qnf0veqzkkr5w2gq9yx7lpveg2lwq9rtgk0mkfrvh3crut4vps38fmku6k9aav7a9tf7eku8m9zd8eprzgv39qzp5ztuny6cuv5ngdhqxlle6p0tnmjlqlewyuqr8g9zyv2y3tg5s3t087fh0aa0dwulpql74cap8yzhzy22ay6xcqtl9d8rea7k3mp05m6fkw6fznvv99alnxt6tdqqpqfkzlhwwjrvefw2h9nxvc37jnpfmgprp9mk90zeukge6ezw2e83uryx748zy9swan929czy4emfv3lhz2zm397e3zzz24qr982vfxe9ywwkuufssplvxggpx9c425wwh3cdv0ue7fwdyy62r4rqvrczmarmxfx33q9n7pr3l6tklpd8xsm609x7rxvsgatvrxvfwtt8dnxr22w4pz5uasyas4t00c0yxqacqk748xqzgau23ne3qfw5aykvemhlucssduxkg4j26qnzmr0q932chpu2cdayk9f7e6sch8gjgupvkk2q4s9qwgxqsufqt8m0nkxhwtx43uadp63hlpnqyw77768uhj3zml3qj74wjjm00nd27v0qwyzrsxhj7nf';

const keyset: Keyset = {
  version: 1,
  epoch: 3,
  recipients: [RECIPIENT],
  runner: note.runner,
  payee: terms.payee,
  peers: ['/ip4/192.0.2.1/tcp/4001'],
  endpoint: null,
  log: 'https://git.example/log.git',
};

const envelope: Envelope = {
  version: 1,
  network: terms.network,
  service: terms.service,
  tab: terms.tab,
  sequence: order.sequence,
  parameters: { node: '22' },
  secrets: { NPM_TOKEN: 'not a real one' },
  reply: RECIPIENT,
};

const workflowDescriptor: Descriptor = {
  ...descriptor,
  driver: 'github',
  job: { workflow: '.github/workflows/test.yml', ref: 'refs/heads/main', outputs: ['coverage'] },
};

const credential: Credential = {
  network: terms.network,
  service: terms.service,
  tab: terms.tab,
  purpose: 'job',
  host: 'registry.example:8443',
  scopes: ['read:packages', 'write:packages'],
  expiry: 160_000,
};
const opening: Opening = { secret: secretDigest('not a real one'), blinding };

const tabSet: TabSet = {
  version: 1,
  network: terms.network,
  height: 5_000,
  block: '3NKeMoncuHab5ScarV5ViyF16cJPT4taWNSaTLS64Dp67wuXigPZ',
  slot: 6_000,
  tabs: [publicKey(17), terms.tab, publicKey(18)]
    .sort((a, b) => (a < b ? -1 : 1))
    .map((tab, i) => ({
      tab,
      terms: String(tab === terms.tab ? termsCommitment(terms) : 1000n + BigInt(i)),
      balance: String(20_000_000_000n * BigInt(i + 1)),
      expiry: 7_000 + i,
    })),
};
