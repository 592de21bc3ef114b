import { cidOf, rawCidOf } from '../../../contracts/formats/cid.ts';
import type { KeyPair } from '../../../contracts/chain/sign.ts';
import { buy } from '../../../requester/buy.ts';
import { followJob } from '../../../requester/follow.ts';
import { keyWallet } from '../../../requester/wallet.ts';
import type { Stage } from './harness.ts';

export { type BoughtJob, settledJob, fundedAccount };

/** A job that somebody else has bought and paid: what anybody can look into. */
interface BoughtJob {
  readonly tab: string;
  readonly sequence: number;
  /** CIDs. */
  readonly receipt: string;
  readonly result: string;
  readonly commit: string;
}

const MINA = 1_000_000_000n;
let settled: Promise<BoughtJob> | undefined;

/** One for all tests of a run, bought with the library that the command line uses. */
const settledJob = (stage: Stage): Promise<BoughtJob> => (settled ??= buyOne(stage));

async function buyOne(stage: Stage): Promise<BoughtJob> {
  const { requester } = stage.market;
  const { tab, jobs } = await buy(requester, {
    service: stage.services.quick,
    wallet: keyWallet(await fundedAccount(stage)),
    amount: 2n * MINA,
    slots: 200,
    orders: [{ parameters: { greeting: 'Hello, verifiers' }, secrets: {}, maximum: MINA }],
  });
  const { sequence } = jobs[0]!;
  const { entry } = await followJob(requester, tab.terms, sequence, {
    until: 'settled',
    timeout: 150_000,
  });
  const { commit, note, id } = entry!;
  return {
    tab: tab.terms.tab,
    sequence,
    receipt: rawCidOf(commit.receipt).toString(),
    result: cidOf('dag-pb', note.receipt.result).toString(),
    commit: id,
  };
}

/** Of the account manager, as the development wallet gets one. */
async function fundedAccount({ market }: Stage): Promise<KeyPair> {
  const response = await fetch(`${market.network.mina.accountManager}/acquire-account`);
  const { pk, sk } = (await response.json()) as { readonly pk: string; readonly sk: string };
  return { publicKey: pk, privateKey: sk };
}
