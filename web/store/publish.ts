import { sha256 } from '@noble/hashes/sha2.js';
import * as v from 'valibot';
import type { Command } from '../../contracts/chain/command.ts';
import { toHex } from '../../contracts/formats/bytes.ts';
import { type Descriptor, encodeDescriptor } from '../../contracts/formats/descriptor.ts';
import { isKey } from '../../contracts/formats/key.ts';
import { type Keyset, encodeKeyset } from '../../contracts/formats/keyset.ts';
import { CommandSchema } from '../../requester/job-record.ts';
import type { Requester, Stage, Stepwise } from '../../requester/requester.ts';
import type { App } from './app.tsx';
import { type Kept, createKept } from './kept.ts';

export { Publication, publication, publishService, resumePublication };

const digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** A service that is being published, kept so that its address is not lost with the page. */
const Publication = v.strictObject({
  service: v.pipe(v.string(), v.check(isKey, 'expected an address')),
  name: v.string(),
  /** SHA-256 of descriptor and keyset. */
  blocks: v.strictTuple([digest, digest]),
  stage: v.picklist(['uploading', 'wallet', 'sending']),
  /** Milliseconds since 1970. */
  since: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Signed, from right before it is sent on: sent again, it is the same service, never a second one. */
  command: v.optional(CommandSchema),
});
type Publication = v.InferOutput<typeof Publication>;

const kept: Kept<Publication> = createKept('publication', Publication);

/** What was under way when the page was left. */
const publication = {
  read: () => kept.read('now'),
  drop: () => kept.drop('now'),
};

const STAGES: Readonly<Partial<Record<Stage, Publication['stage']>>> = {
  uploading: 'uploading',
  signing: 'wallet',
  sending: 'sending',
};

/** What it takes of the app. */
interface Publishing {
  requester(): Promise<Requester>;
  readonly wallet: Pick<App['wallet'], 'signer' | 'refresh'>;
  readonly services: Pick<App['services'], 'add'>;
}

interface PublishOptions extends Stepwise {
  readonly onStage?: (publication: Publication) => void;
}

/**
 * Uploads a service's blocks and creates its account, which the connected wallet owns and pays for. The
 * signed transaction is kept before it is sent, and where it was, the same one is sent again. The
 * service is in the registry once a block has it.
 *
 * @returns the service's address
 * @throws WalletError, RequesterError, ChainError; Error while another service may be on its way
 */
async function publishService(
  app: Publishing,
  { descriptor, keyset }: { readonly descriptor: Descriptor; readonly keyset: Keyset },
  options: PublishOptions = {}
): Promise<string> {
  const blocks: Publication['blocks'] = [
    toHex(sha256(encodeDescriptor(descriptor))),
    toHex(sha256(encodeKeyset(keyset))),
  ];
  const before = await kept.read('now');
  if (before?.command !== undefined) {
    if (before.blocks.join() !== blocks.join())
      throw new Error(
        `${before.name} may still be on its way; load this page again, and send it again or put it away first.`
      );
    return resumePublication(app, before, options);
  }
  const wallet = app.wallet.signer();
  const [{ publishServiceWith }, { generateKeyPair }] = await Promise.all([
    import('../../requester/service.ts'),
    import('../../contracts/chain/sign.ts'),
  ]);
  const requester = await app.requester();
  const key = generateKeyPair();
  const { name } = descriptor;
  const begun = {
    service: key.publicKey,
    name,
    blocks,
    stage: 'uploading',
    since: Date.now(),
  } as const;
  return follow(app, begun, options, async (stepwise, onSend) => {
    await publishServiceWith(requester, { descriptor, keyset, key }, wallet, {
      ...stepwise,
      onSend,
    });
  });
}

/** Sends what was kept once more, and waits for it as {@link publishService} does; needs no wallet. */
async function resumePublication(
  app: Publishing,
  before: Publication,
  options: PublishOptions = {}
): Promise<string> {
  const { sendAgain } = await import('../../requester/transaction.ts');
  const requester = await app.requester();
  return follow(app, before, options, async (stepwise) => {
    await sendAgain(requester, before.service, before.command!, stepwise);
  });
}

/** Keeps how far a publication is before each step, and forgets it once it is through or came to nothing. */
async function follow(
  app: Publishing,
  begun: Publication,
  { onStage, ...options }: PublishOptions,
  work: (stepwise: Stepwise, onSend: (command: Command) => Promise<void>) => Promise<void>
): Promise<string> {
  let now = begun;
  const enter = async (change: Partial<Publication>): Promise<void> => {
    now = { ...now, ...change, since: Date.now() };
    onStage?.(now);
    await kept.write('now', now);
  };
  await enter({});
  try {
    await work(
      {
        ...options,
        async onProgress(progress) {
          const stage = STAGES[progress.stage] ?? now.stage;
          if (stage !== now.stage) await enter({ stage });
          await options.onProgress?.(progress);
        },
      },
      (command) => enter({ stage: 'sending', command })
    );
    await app.services.add(now.service);
    await kept.drop('now');
    return now.service;
  } catch (error) {
    const isOver = (error as { readonly code?: unknown }).code === 'NO_EFFECT';
    if (now.command === undefined || isOver) await kept.drop('now');
    throw error;
  } finally {
    void app.wallet.refresh();
  }
}
