import { type Accessor, createMemo, createSignal } from 'solid-js';
import { type Price, formatMina, parseMina } from '../../../contracts/formats/amount.ts';
import { priceOf } from '../../../contracts/formats/descriptor.ts';
import type { ServiceReading } from '../../../requester/service.ts';
import type { App } from '../../store/app.tsx';
import { slotsFor } from '../../components/slot-clock.ts';
import { capFor, openingCost, ringCost, usualAmount } from './cost.ts';

export { type Funding, type Way, type Duration, DURATIONS, createFunding };

type Duration = '1' | '3' | '7' | '14';
const DURATIONS: readonly { readonly value: Duration; readonly label: string }[] = [
  { value: '1', label: '1 day' },
  { value: '3', label: '3 days' },
  { value: '7', label: '1 week' },
  { value: '14', label: '2 weeks' },
];
const DAY = 86_400_000;
/** Seconds to begin with: little money, and enough for most jobs. */
const USUAL_SECONDS = 60;
/** A job on many cores uses more CPU time than there is on the clock. */
const CORES = 16;

/** What a job is paid from. */
type Way =
  | { readonly kind: 'open'; readonly tab: string; readonly maximum: bigint }
  | {
      readonly kind: 'new';
      readonly amount: bigint;
      readonly maximum: bigint;
      readonly slots: number;
    };

interface OpenTab {
  readonly tab: string;
  /** Nanomina. */
  readonly free: bigint;
  readonly cap: bigint;
}

interface Funding {
  readonly seconds: Accessor<number>;
  readonly secondsText: Accessor<string>;
  readonly secondsError: Accessor<string | undefined>;
  readonly mostSeconds: Accessor<number>;
  setSeconds(text: string): void;
  /** Nanomina that the job costs at most. */
  readonly cap: Accessor<bigint>;
  readonly source: Accessor<'open' | 'new'>;
  setSource(source: 'open' | 'new'): void;
  /** Open tabs of this service, the one with most to spend first. */
  readonly tabs: Accessor<readonly OpenTab[]>;
  readonly tab: Accessor<string>;
  readonly tabError: Accessor<string | undefined>;
  setTab(tab: string): void;
  readonly amountText: Accessor<string>;
  readonly amount: Accessor<bigint | undefined>;
  readonly amountError: Accessor<string | undefined>;
  /** Jobs at their cap that the amount is enough for. */
  readonly covered: Accessor<bigint | undefined>;
  setAmount(text: string): void;
  readonly duration: Accessor<Duration>;
  setDuration(duration: Duration): void;
  /** A new tab is paid by the wallet, as is a ring; a request handed over is not. */
  readonly needsWallet: Accessor<boolean>;
  /** How much the wallet has and needs, where it has less. */
  readonly shortage: Accessor<string | undefined>;
  /** `undefined` while anything above is wrong. */
  readonly chosen: Accessor<Way | undefined>;
}

function createFunding(
  { tabs, wallet, chain }: Pick<App, 'tabs' | 'wallet' | 'chain'>,
  reading: Accessor<ServiceReading>
): Funding {
  const price = (): Price => priceOf(reading().descriptor);
  const [secondsText, setSecondsText] = createSignal(
    String(Math.min(USUAL_SECONDS, reading().descriptor.limits.seconds))
  );
  const [chosenSource, setSource] = createSignal<'open' | 'new'>();
  const [chosenTab, setTab] = createSignal<string>();
  const [typedAmount, setAmount] = createSignal<string>();
  const [duration, setDuration] = createSignal<Duration>('1');

  const mostSeconds = (): number => reading().descriptor.limits.seconds;
  const secondsError = (): string | undefined => {
    const most = mostSeconds() * CORES;
    if (!/^[0-9]{1,9}$/.test(secondsText())) return 'A whole number of seconds.';
    if (Number(secondsText()) < 1) return 'At least 1 second.';
    return Number(secondsText()) > most
      ? `At most ${most} seconds: the job may run for ${mostSeconds()} on the clock.`
      : undefined;
  };
  const seconds = createMemo<number>(
    (before) => (secondsError() === undefined ? Number(secondsText()) : before),
    USUAL_SECONDS
  );
  const cap = createMemo(() => capFor(price(), seconds()));

  const open = createMemo<readonly OpenTab[]>(() =>
    tabs
      .list()
      .flatMap(({ tab, terms, state, reading: account }) =>
        state === 'open' && account !== undefined && terms.service === reading().address
          ? [{ tab, free: account.free, cap: terms.cap }]
          : []
      )
      .sort((a, b) => (a.free < b.free ? 1 : a.free > b.free ? -1 : 0))
  );
  const covers = ({ free, cap: most }: OpenTab): boolean => free >= cap() && most >= cap();
  const source = (): 'open' | 'new' => {
    if (open().length === 0) return 'new';
    return chosenSource() ?? (open().some(covers) ? 'open' : 'new');
  };
  const tab = (): OpenTab | undefined =>
    open().find((one) => one.tab === chosenTab()) ?? open().find(covers) ?? open()[0];
  const tabError = (): string | undefined => {
    const one = tab();
    if (one === undefined) return undefined;
    if (one.cap < cap())
      return `One job of this tab may cost at most ${formatMina(one.cap)} MINA; ask for fewer seconds, or open a new tab.`;
    return one.free < cap()
      ? `${formatMina(one.free)} MINA are free, ${formatMina(cap())} are needed; top the tab up, or open a new one.`
      : undefined;
  };

  const amountText = (): string =>
    typedAmount() ?? formatMina(usualAmount(cap(), wallet.balance()));
  const parsed = createMemo<bigint | undefined>(() => {
    try {
      return parseMina(amountText().trim());
    } catch {
      return undefined;
    }
  });
  const amountError = (): string | undefined => {
    const amount = parsed();
    if (amount === undefined) return 'An amount such as 1.5.';
    return amount < cap() ? `At least ${formatMina(cap())}, what one job may cost.` : undefined;
  };
  const amount = (): bigint | undefined => (amountError() === undefined ? parsed() : undefined);
  const covered = (): bigint | undefined => {
    const paid = amount();
    return paid === undefined || cap() === 0n ? undefined : paid / cap();
  };
  const slots = (): number => {
    const status = chain();
    const slotMilliseconds = 'slotMilliseconds' in status ? status.slotMilliseconds : 180_000;
    return slotsFor({ slotMilliseconds }, Number(duration()) * DAY);
  };

  const needsWallet = (): boolean => source() === 'new' || reading().keyset.endpoint === null;
  const shortage = (): string | undefined => {
    const has = wallet.balance();
    const paid = amount();
    if (!needsWallet() || has === undefined || (source() === 'new' && paid === undefined))
      return undefined;
    const { fee, total } = source() === 'new' ? openingCost(paid!) : ringCost();
    if (has >= total) return undefined;
    const parts =
      source() === 'new'
        ? `${formatMina(paid!)} for the tab, 1 for its account, about ${formatMina(fee)} for the fee`
        : 'the fee';
    return `It has ${formatMina(has)} MINA and needs ${formatMina(total)} (${parts}). Send it ${formatMina(total - has)} MINA more.`;
  };

  const chosen = (): Way | undefined => {
    if (secondsError() !== undefined) return undefined;
    if (source() === 'open')
      return tabError() === undefined && tab() !== undefined
        ? { kind: 'open', tab: tab()!.tab, maximum: cap() }
        : undefined;
    const paid = amount();
    return paid === undefined
      ? undefined
      : { kind: 'new', amount: paid, maximum: cap(), slots: slots() };
  };

  return {
    ...{ seconds, secondsText, secondsError, mostSeconds, setSeconds: setSecondsText, cap },
    ...{ source, setSource, tabs: open, tab: () => tab()?.tab ?? '', tabError, setTab },
    ...{ amountText, amount, amountError, covered, setAmount, duration, setDuration },
    ...{ needsWallet, shortage, chosen },
  };
}
