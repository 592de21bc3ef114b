import { Bytes, Cache, Hash, ZkProgram } from 'o1js';
import pins from '../../contracts/circuits.pinned.json' with { type: 'json' };
import {
  proveCredential,
  verifyCredentialProof,
} from '../../contracts/programs/prove-credential.ts';
import { proveLog } from '../../contracts/programs/prove-log.ts';
import { Terms } from '../../contracts/provable/terms.ts';
import { compileCircuits } from '../../contracts/zkapps/compile-all.ts';
import { Tab } from '../../contracts/zkapps/tab.ts';
import { Market, key, stateOf } from '../contracts/zkapps/escrow.ts';
import { makeNotes } from '../fixtures/job-fixture.ts';
import { credential, opening } from '../vectors/sample.ts';

/**
 * A process of its own: compiles with the key cache in the given folder and, unless told to stop
 * there, proves. `tsx test/bench/proving.ts <cache folder> compile|prove [batch …]`; one line of JSON.
 */
const [folder, what, ...sizes] = process.argv.slice(2);

const timed = async <T>(run: () => Promise<T>): Promise<[T, number]> => {
  const start = performance.now();
  const value = await run();
  return [value, (performance.now() - start) / 1000];
};
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const [, compileSeconds] = await timed(() =>
  compileCircuits({
    cache: Cache.FileSystem(folder!),
    onProgress: (name, seconds) => say(`compiled ${name} in ${seconds.toFixed(1)} s`),
  })
);
const report: Record<string, unknown> = { compileSeconds };

if (what === 'prove') {
  report.sha256Seconds = await sha256Seconds();
  report.credentialSeconds = await credentialSeconds();
  report.batches = [];
  for (const size of sizes.map(Number)) {
    const market = await Market.create({ proofsEnabled: true });
    const terms = market.open();
    const notes = makeNotes(
      market.us,
      terms,
      Array.from({ length: size }, (_, i) => ({ sequence: i + 1 }))
    );
    const state = stateOf(market.chain, terms.tab);
    const [proof, proofSeconds] = await timed(() => proveLog(terms, state, notes));
    const tab = new Tab(key(terms.tab));
    const [, settleSeconds] = await timed(() =>
      market.transact(() => tab.settle(proof, Terms.from(terms)))
    );
    const perJob = (proofSeconds + settleSeconds) / size;
    say(`batch ${size}: ${perJob.toFixed(1)} s a job`);
    (report.batches as unknown[]).push({ size, proofSeconds, settleSeconds, perJob });
  }
}
report.peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exit(0);

/** Everything that a claim about a credential can show, at once; and that the proof holds. */
async function credentialSeconds(): Promise<number> {
  const kept = { credential, opening };
  const [scope] = credential.scopes;
  const wish = { host: true, scope: scope!, until: credential.expiry, sameAs: kept };
  const [proof, seconds] = await timed(() => proveCredential(kept, wish));
  if (!(await verifyCredentialProof(proof, pins.Credential)))
    throw new Error('the credential proof does not verify under the pinned key');
  say(`credential proof: ${seconds.toFixed(1)} s`);
  return seconds;
}

/** o1js's own gadget on one block: what the same machine takes for a program that everybody knows. */
async function sha256Seconds(): Promise<number> {
  class Message extends Bytes(32) {}
  class Digest extends Bytes(32) {}
  const program = ZkProgram({
    name: 'one-block-sha256',
    publicOutput: Digest.provable,
    methods: {
      digest: {
        privateInputs: [Message.provable],
        async method(message: Bytes) {
          return { publicOutput: Hash.SHA2_256.hash(message) };
        },
      },
    },
  });
  await program.compile({ cache: Cache.FileSystem(folder!) });
  const [, seconds] = await timed(() => program.digest(Message.from(new Uint8Array(32))));
  return seconds;
}
