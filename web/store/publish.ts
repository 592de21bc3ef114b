import * as v from 'valibot';
import type { Descriptor } from '../../contracts/formats/descriptor.ts';
import { isKey } from '../../contracts/formats/key.ts';
import type { Keyset } from '../../contracts/formats/keyset.ts';
import type { Stepwise } from '../../requester/requester.ts';
import type { App } from './app.tsx';
import { createKept } from './kept.ts';

export { Publication, publication, publishService };

/** A service that is being published, kept so that its address is not lost with the page. */
const Publication = v.strictObject({
  service: v.pipe(v.string(), v.check(isKey, 'expected an address')),
  name: v.string(),
  stage: v.picklist(['uploading', 'wallet', 'sending']),
  /** Milliseconds since 1970. */
  since: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
type Publication = v.InferOutput<typeof Publication>;

const kept = createKept('publication', Publication);

/** What was under way when the page was left. */
const publication = {
  read: () => kept.read('now'),
  drop: () => kept.drop('now'),
};

/**
 * Uploads a service's blocks and creates its account, which the connected wallet owns and pays for. The
 * address is kept before the wallet is asked, and the service is in the registry once a block has it.
 *
 * @returns the service's address
 * @throws WalletError, RequesterError, ChainError
 */
async function publishService(
  app: App,
  { descriptor, keyset }: { readonly descriptor: Descriptor; readonly keyset: Keyset },
  { onStage, ...options }: Stepwise & { readonly onStage?: (publication: Publication) => void } = {}
): Promise<string> {
  const wallet = app.wallet.signer();
  const [{ publishServiceWith }, { generateKeyPair }] = await Promise.all([
    import('../../requester/service.ts'),
    import('../../contracts/chain/sign.ts'),
  ]);
  const requester = await app.requester();
  const key = generateKeyPair();
  let now: Publication = {
    service: key.publicKey,
    name: descriptor.name,
    stage: 'uploading',
    since: Date.now(),
  };
  const enter = async (stage: Publication['stage']): Promise<void> => {
    now = { ...now, stage, since: Date.now() };
    onStage?.(now);
    await kept.write('now', now);
  };
  await enter('uploading');
  try {
    const { service } = await publishServiceWith(requester, { descriptor, keyset, key }, wallet, {
      ...options,
      onProgress(words) {
        const stage = words.includes('having it signed')
          ? 'wallet'
          : words.startsWith('sending the transaction')
            ? 'sending'
            : now.stage;
        if (stage !== now.stage) void enter(stage);
        options.onProgress?.(words);
      },
    });
    await app.services.add(service);
    await kept.drop('now');
    return service;
  } catch (error) {
    if (now.stage !== 'sending') await kept.drop('now');
    throw error;
  } finally {
    void app.wallet.refresh();
  }
}
