import type { Command } from 'commander';
import { formatMina } from '../../contracts/formats/amount.ts';
import { PROTOCOL } from '../../contracts/formats/protocol.ts';
import { closeTab, extendTab, refundTab } from '../../requester/tab-end.ts';
import { type TabReading, fundTabWith, openTabWith, readTab } from '../../requester/tab.ts';
import { type Cli, verb } from './command.ts';
import {
  keysOf,
  amountOf,
  countOf,
  progressOf,
  requesterOf,
  walletOf,
  withSender,
} from './requester.ts';
import { addTabProofCommands } from './tab-proof.ts';

export { addTabCommands };

const MOST_SLOTS = 1_000_000;

/** `tab`: the escrow between a requester and a service. */
function addTabCommands(program: Command): void {
  const group = program.command('tab').description('escrows that jobs are paid from');

  verb<{ amount?: string; cap?: string; slots: string }>(
    group,
    'open <service>',
    'put MINA aside for jobs of one service; the rest comes back to the wallet',
    'tab open B62q… --amount 5 --cap 1 --wallet wallet.json',
    async (cli, options, service) => {
      const amount = amountOf('--amount', options.amount);
      const cap = options.cap === undefined ? amount : amountOf('--cap', options.cap);
      const slots = countOf('--slots', options.slots, MOST_SLOTS);
      const wallet = walletOf(cli);
      const requester = await requesterOf(cli);
      const { tab, expiry, transaction } = await openTabWith(
        requester,
        { service, amount, cap, slots, wallet },
        progressOf(cli)
      );
      const address = tab.terms.tab;
      cli.output.result({ ok: true, tab: address, service, amount, cap, expiry, transaction }, [
        ['tab', address],
        ['holds', `${formatMina(amount)} MINA`],
        ['a job costs at most', `${formatMina(cap)} MINA`],
        ['expires at slot', `${expiry} (in about ${hours(slots)})`],
        ['transaction', transaction],
      ]);
    }
  )
    .option('--amount <MINA>', 'what the tab holds; its account costs 1 MINA more')
    .option('--cap <MINA>', 'the most that one job may cost (all of it by default)')
    .option(
      '--slots <number>',
      `how long it settles, in slots of ${PROTOCOL.slotSeconds} s`,
      '480'
    );

  verb(
    group,
    'show <tab>',
    'what a tab holds, has promised and has paid',
    'tab show B62q…',
    async (cli, _, tab) => {
      const requester = await requesterOf(cli);
      const { terms } = await requester.store.readTab(tab);
      show(cli, tab, await readTab(requester, terms, { signal: cli.signal }));
    }
  );

  verb<{ amount?: string }>(
    group,
    'fund <tab>',
    'top a tab up',
    'tab fund B62q… --amount 2 --wallet wallet.json',
    async (cli, options, tab) => {
      const amount = amountOf('--amount', options.amount);
      const wallet = walletOf(cli);
      const requester = await requesterOf(cli);
      const file = await requester.store.readTab(tab);
      const { transaction } = await fundTabWith(
        requester,
        file,
        { amount, wallet },
        progressOf(cli)
      );
      const reading = await readTab(requester, file.terms, { signal: cli.signal });
      show(cli, tab, reading, { transaction });
    }
  ).option('--amount <MINA>', 'how much more');

  verb<{ slots: string; wait: boolean }>(
    group,
    'extend <tab>',
    'order a later end; the provider proves and sends it',
    'tab extend B62q… --slots 960 --wallet wallet.json',
    async (cli, options, tab) => {
      const slots = countOf('--slots', options.slots, MOST_SLOTS);
      const wallet = walletOf(cli);
      const requester = await requesterOf(cli);
      const { expiry, transaction } = await extendTab(
        requester,
        await requester.store.readTab(tab),
        slots,
        { wallet, ...progressOf(cli), ...(options.wait ? {} : { timeout: 0 }) }
      );
      cli.output.result({ ok: true, tab, expiry, done: options.wait, transaction }, [
        ['tab', tab],
        [options.wait ? 'expires at slot' : 'ordered to expire at slot', expiry],
        ['transaction', transaction],
      ]);
    }
  )
    .option('--slots <number>', 'from now on', '480')
    .option('--no-wait', 'only order it');

  verb<{ wait: boolean }>(
    group,
    'close <tab>',
    'order an early end: what is done is paid, the rest comes back at once',
    'tab close B62q… --wallet wallet.json',
    async (cli, options, tab) => {
      const wallet = walletOf(cli);
      const requester = await requesterOf(cli);
      const { head, transaction } = await closeTab(requester, await requester.store.readTab(tab), {
        wallet,
        ...progressOf(cli),
        ...(options.wait ? {} : { timeout: 0 }),
      });
      cli.output.result({ ok: true, tab, head, done: options.wait, transaction }, [
        ['tab', tab],
        [options.wait ? 'closed at commit' : 'ordered to close at commit', head],
        ['transaction', transaction],
      ]);
    }
  ).option('--no-wait', 'only order it');

  verb<{ proofs: boolean }>(
    group,
    'refund <tab>',
    'take the rest out of an expired tab yourself, where its provider does not',
    'tab refund B62q… --wallet wallet.json',
    async (cli, options, tab) => {
      const keys = keysOf(cli);
      const requester = await requesterOf(cli);
      const file = await requester.store.readTab(tab);
      const { transaction, amount } = await withSender(requester, keys, options, (sender) =>
        refundTab(requester, file, { sender, ...progressOf(cli) })
      );
      const { refund } = file.terms;
      cli.output.result({ ok: true, tab, amount, to: refund, transaction }, [
        ['tab', tab],
        ['refunded', `${formatMina(amount)} MINA to ${refund}`],
        ['transaction', transaction],
      ]);
    }
  ).option('--no-proofs', 'for an embedded network that was started without proofs');

  addTabProofCommands(group);
}

function show(
  { output }: Cli,
  tab: string,
  { state, balance, promised, free, slot, isClosed, isExpired }: TabReading,
  more: { readonly transaction?: string } = {}
): void {
  const status = isClosed ? 'closed' : isExpired ? 'expired' : 'open';
  const { spent, expiry, head, window } = state;
  const json = { balance, promised, free, spent, expiry, slot, head, highest: window.top };
  const mina = (amount: bigint): string => `${formatMina(amount)} MINA`;
  output.result({ ok: true, tab, state: status, ...json, ...more }, [
    ['tab', tab],
    ['state', status],
    ['holds', mina(balance)],
    ['promised', mina(promised)],
    ['free', mina(free)],
    ['paid so far', mina(spent)],
    ...(isClosed
      ? []
      : [['expires', `slot ${expiry}, now is slot ${slot} (${hours(expiry - slot)})`] as const]),
    ['settled up to', head],
    ...(more.transaction === undefined ? [] : [['transaction', more.transaction] as const]),
  ]);
}

const hours = (slots: number): string =>
  `${((slots * PROTOCOL.slotSeconds) / 3_600).toFixed(1)} hours`;
