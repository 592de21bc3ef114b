import type { TabReading } from '../../../requester/tab.ts';
import { usualFee } from '../../components/usual-fee.ts';

export { type Effect, FEES, fundEffects, extendEffects, closeEffects, refundEffects };

/** One thing that a step does to somebody's MINA. */
interface Effect {
  readonly label: string;
  /** Nanomina; below 0 leaves. */
  readonly nanomina: bigint;
  /** Nobody can say exactly before it is done. */
  readonly isAbout?: boolean;
  readonly note?: string;
}

/** Nanomina. A transfer is two updates, a ring one, a refund the tab's and the requester's. */
const FEES = { fund: usualFee(2), ring: usualFee(1), refund: usualFee(2) } as const;

type Reading = Pick<TabReading, 'balance' | 'promised'>;

const fee = (nanomina: bigint, note?: string): Effect => ({
  label: 'Network fee',
  nanomina: -nanomina,
  isAbout: true,
  ...(note === undefined ? {} : { note }),
});

const atLeastZero = (amount: bigint): bigint => (amount > 0n ? amount : 0n);

const fundEffects = ({ balance, promised }: Reading, amount: bigint): readonly Effect[] => [
  { label: 'Out of your wallet', nanomina: -amount },
  fee(FEES.fund),
  { label: 'The tab then holds', nanomina: balance + amount },
  { label: 'Of it free for jobs', nanomina: atLeastZero(balance + amount - promised) },
];

const extendEffects = ({ balance }: Reading): readonly Effect[] => [
  fee(FEES.ring, 'For your ring; the provider pays for its proof and its transaction.'),
  { label: 'The tab holds as before', nanomina: balance },
];

/** @param unsettled nanomina of receipts that stand in the log and are not paid yet */
const closeEffects = ({ balance }: Reading, unsettled: bigint): readonly Effect[] => [
  fee(FEES.ring, 'For your ring; the provider pays for its proof and its transaction.'),
  ...(unsettled === 0n
    ? []
    : [
        {
          label: 'The provider is paid first',
          nanomina: -unsettled,
          note: 'For receipts that stand in the log and are not settled yet.',
        },
      ]),
  { label: 'Comes back to you', nanomina: atLeastZero(balance - unsettled) },
];

const refundEffects = ({ balance }: Reading): readonly Effect[] => [
  fee(FEES.refund, 'Of whoever sends the refund.'),
  { label: 'Comes back to you', nanomina: balance },
];
