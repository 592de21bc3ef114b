export { type Policy, DEFAULT_POLICY };

/** How a provider wants its daemon to work. Times in milliseconds, slots of the chain, nanomina. */
interface Policy {
  /** Jobs side by side. */
  readonly concurrency: number;
  /** Runs begun before a job that never ends well is given up, free of charge. */
  readonly attempts: number;
  /** Between two looks at the inboxes and at what is due. */
  readonly poll: number;
  /** Inbox entries read in one go. */
  readonly page: number;
  /** Requests looked at at once, each of another tab. */
  readonly intake: number;
  /** Waiting requests past which nothing more is taken by hand. */
  readonly backlog: number;
  /** For one block that somebody else should have. */
  readonly fetch: number;
  /** For which the blocks of a ring may still arrive. */
  readonly arrival: number;
  /** First wait after a failure, doubled up to `longestWait`. */
  readonly firstWait: number;
  readonly longestWait: number;
  /** Jobs that make a settlement due, and that go into one. */
  readonly batch: number;
  /** For which a finished job waits for others. */
  readonly settleAfter: number;
  /** Until a transaction that did not show counts as dropped. */
  readonly patience: number;
  /** For which a settlement, or a rotation, may still be taken back by a reorganisation. */
  readonly finality: number;
  /** Between two looks at which epochs' keys are needed no more. */
  readonly keyCheck: number;
  /** For which results stay here once their job has ended. */
  readonly retention: number;
  /** For which a job that a forge starts may wait for its runner. */
  readonly start: number;
  /** Slots that settling takes at the worst. */
  readonly margin: number;
  /** Slots from now to which a tab may be extended. */
  readonly horizon: number;
  /** Below this, a refund is left to the requester: anybody can send dust to a tab. */
  readonly smallestRefund: bigint;
  /** For running jobs once told to stop. */
  readonly drain: number;
}

const DEFAULT_POLICY: Policy = {
  concurrency: 1,
  attempts: 3,
  poll: 10_000,
  page: 500,
  intake: 4,
  backlog: 1_000,
  fetch: 20_000,
  arrival: 3_600_000,
  firstWait: 5_000,
  longestWait: 900_000,
  batch: 8,
  settleAfter: 600_000,
  patience: 1_800_000,
  finality: 290 * 180_000,
  keyCheck: 600_000,
  retention: 30 * 86_400_000,
  start: 900_000,
  margin: 20,
  horizon: 480 * 90,
  smallestRefund: 100_000_000n,
  drain: 60_000,
};
