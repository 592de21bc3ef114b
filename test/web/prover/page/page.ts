import { createGraphql } from '../../../../contracts/chain/graphql.ts';
import { pinned } from '../../../../contracts/chain/pinned.ts';
import { pauseService } from '../../../../requester/service.ts';
import { keyWallet } from '../../../../requester/wallet.ts';
import { availability, isolate, release, takeIntent } from '../../../../web/prover/isolation.ts';
import { createProver } from '../../../../web/prover/prover.ts';
import { pageSender } from '../../../../web/prover/sender.ts';

export { type Runproof };

/** What a test does in a page, by name: all of it is the app's own. */
const runproof = {
  availability,
  isolate,
  release,
  takeIntent,
  createProver,
  pageSender,
  pauseService,
  keyWallet,
  createGraphql,
  pinned,
};
type Runproof = typeof runproof;

Object.assign(window, { runproof });
