import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import circuits from '../../contracts/circuits.pinned.json' with { type: 'json' };
import { readCurrentSlot } from '../../contracts/chain/block.ts';
import { signFieldElements } from '../../contracts/chain/sign.ts';
import { formatMina } from '../../contracts/formats/amount.ts';
import { MAX_PROOF_BYTES, parseActiveTabProof } from '../../contracts/formats/proof.ts';
import {
  MAX_TAB_SET_BYTES,
  type TabSet,
  encodeTabSet,
  parseTabSet,
  tabSetRoot,
} from '../../contracts/formats/tab-set.ts';
import { changedSince, readTabSet } from '../../requester/tab-set.ts';
import { type Cli, verb } from './command.ts';
import { CliError } from './error.ts';
import { ofFile, readJsonFile } from './json-file.ts';
import { compilePinned, loadPrograms } from './proving.ts';
import { amountOf, progressOf, requesterOf, slotOf } from './requester.ts';

export { addTabProofCommands };

interface ProveOptions {
  readonly min?: string;
  readonly until?: string;
  readonly for?: string;
  readonly set?: string;
  readonly out?: string;
}

interface CheckOptions {
  readonly set?: string;
  readonly for?: string;
  readonly min?: string;
  readonly until?: string;
  readonly trust?: boolean;
}

/** `tab snapshot`, `prove`, `check-proof`: that somebody holds a tab, without saying which. */
function addTabProofCommands(group: Command): void {
  verb<{ out?: string }>(
    group,
    'snapshot <tabs...>',
    'the public states of some tabs in one block, for a proof to be made over',
    'tab snapshot B62q… B62q… --out tabs.json',
    async (cli, { out }, ...tabs) => {
      const file = named('--out', out);
      const set = await readTabSet(await requesterOf(cli), tabs.flat(), progressOf(cli));
      writeFileSync(file, encodeTabSet(set));
      cli.output.result(
        { ok: true, file, root: tabSetRoot(set), height: set.height, tabs: set.tabs.length },
        [
          ['file', file],
          ['tabs', set.tabs.length],
          ['block', `${set.height} (slot ${set.slot})`],
          ['root', String(tabSetRoot(set))],
        ]
      );
    }
  ).option('--out <file>', 'where to');

  verb<ProveOptions & Record<string, unknown>>(
    group,
    'prove <tab>',
    'a proof that you hold one of a set’s tabs, open and with enough in it',
    'tab prove B62q… --set tabs.json --min 2 --for "lounge.example, 21 November" --out proof.json',
    async (cli, options, tab) => {
      const out = named('--out', options.out);
      const context = named('--for', options.for);
      const minimum = amountOf('--min', options.min);
      const requester = await requesterOf(cli);
      const { terms, requestKey } = await requester.store.readTab(tab);
      const set =
        options.set === undefined
          ? await readTabSet(requester, [tab], progressOf(cli))
          : readSet(options.set);
      const slot = options.until === undefined ? set.slot : slotOf('--until', options.until);
      assertProvable(set, tab, minimum, slot);
      const { proveActiveTab } = await compilePinned('ActiveTab', cli);
      const wish = { minimum, slot, context };
      const proof = await proveActiveTab(terms, set, wish, (commitment) =>
        signFieldElements([commitment], requestKey.privateKey)
      );
      writeFileSync(out, `${JSON.stringify(proof, null, 2)}\n`);
      cli.output.result({ ok: true, file: out, tabs: set.tabs.length, claim: proof.claim }, [
        ['file', out],
        ['one of', `${set.tabs.length} tabs`],
        ['holds at least', `${formatMina(minimum)} MINA`],
        ['settles at slot', slot],
        ['for', context],
      ]);
    }
  )
    .option('--set <file>', 'what `tab snapshot` wrote; this tab alone unless given')
    .option('--min <MINA>', 'how much it holds at least')
    .option('--until <slot>', 'at which slot it settles still (that of the set by default)')
    .option('--for <words>', 'whom and what it is for, as the verifier asked')
    .option('--out <file>', 'where to');

  verb<CheckOptions & Record<string, unknown>>(
    group,
    'check-proof <file>',
    'whether a proof holds, over your own snapshot or what the accounts show now',
    'tab check-proof proof.json --set tabs.json --min 2 --for "lounge.example, 21 November"',
    async (cli, options, path) => {
      const context = named('--for', options.for);
      const set = readSet(named('--set', options.set));
      const least = options.min === undefined ? 0n : amountOf('--min', options.min);
      const proof = readJsonFile(path, MAX_PROOF_BYTES, parseActiveTabProof);
      const { claim } = proof;
      if (claim.context !== context)
        throw new CliError('FAILED', `The proof is for ${JSON.stringify(claim.context)}.`);
      if (claim.tabs !== String(tabSetRoot(set)))
        throw new CliError('FAILED', 'The proof is over another set of tabs than this one.');
      if (BigInt(claim.minimum) < least)
        throw new CliError(
          'FAILED',
          `The proof shows that it holds ${formatMina(BigInt(claim.minimum))} MINA, and no more.`
        );
      const { verifyActiveTabProof } = await loadPrograms();
      if (!(await verifyActiveTabProof(proof, circuits.ActiveTab)))
        throw new CliError('FAILED', `${path} does not show what it claims; believe none of it.`);
      const slot = await slotAsked(cli, options, set);
      if (claim.slot < slot)
        throw new CliError(
          'FAILED',
          `The proof shows that the tab settles at slot ${claim.slot}, and not that it still does at slot ${slot}; ask for one with --until ${slot} or later.`
        );
      if (options.trust !== true) {
        const changed = await changedSince(await requesterOf(cli), set, progressOf(cli));
        if (changed.length > 0)
          throw new CliError(
            'FAILED',
            `The proof holds, but ${changed.length} of ${set.tabs.length} tabs are not as the set says (${changed[0]!}); ask for one over a new snapshot, or say --trust for a set that is yours.`
          );
      }
      cli.output.result({ ok: true, tabs: set.tabs.length, height: set.height, claim }, [
        ['one of', `${set.tabs.length} tabs, as of block ${set.height}`],
        ['holds at least', `${formatMina(BigInt(claim.minimum))} MINA`],
        ['settles at slot', claim.slot],
        ['for', claim.context],
      ]);
    }
  )
    .option('--set <file>', 'what `tab snapshot` wrote')
    .option('--for <words>', 'what you asked the proof for')
    .option('--min <MINA>', 'how much it has to hold at least')
    .option('--until <slot>', 'at which slot it has to settle still (now, or that of your own set)')
    .option('--trust', 'the set is your own: do not read the accounts again');
}

/** A tab expires with time, and nothing in its account changes then: so a set that is as it was may be old. */
async function slotAsked(cli: Cli, { until, trust }: CheckOptions, set: TabSet): Promise<number> {
  if (until !== undefined) return slotOf('--until', until);
  return trust === true ? set.slot : readCurrentSlot((await requesterOf(cli)).node, cli);
}

const readSet = (path: string): TabSet => {
  const bytes = readFileSync(path);
  if (bytes.length > MAX_TAB_SET_BYTES) throw new CliError('USAGE', `${path} is no set of tabs.`);
  return ofFile(path, () => parseTabSet(new Uint8Array(bytes)));
};

/** Before minutes of compiling, not after them. */
function assertProvable(set: TabSet, tab: string, minimum: bigint, slot: number): void {
  const entry = set.tabs.find((each) => each.tab === tab);
  if (entry === undefined) throw new CliError('USAGE', `The set does not have the tab ${tab}.`);
  if (BigInt(entry.balance) < minimum)
    throw new CliError('USAGE', `The tab holds ${formatMina(BigInt(entry.balance))} MINA.`);
  if (entry.expiry === 0) throw new CliError('USAGE', 'The tab is closed.');
  if (entry.expiry < slot) throw new CliError('USAGE', `The tab expires at slot ${entry.expiry}.`);
}

function named(option: string, value: string | undefined): string {
  if (value === undefined || value === '')
    throw new CliError('USAGE', `Say it with ${option}; see the example below --help.`);
  return value;
}
