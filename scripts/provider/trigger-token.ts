import { parseCid } from '../../contracts/formats/cid.ts';
import { type Chain, isLookalike } from '../../runner-hooks/daemon/chain.ts';
import type { Content } from '../../runner-hooks/daemon/content.ts';
import { openTriggerToken } from '../../runner-hooks/daemon/vault.ts';
import { CliError } from '../cli/error.ts';
import type { FileKeyRing } from './keyring.ts';

export { type VaultToken, type OpenToken, tokensOver };

/** Where a forge's token lies in the vault. */
interface VaultToken {
  /** To which it is bound, and whose present keys open it. */
  readonly service: string;
  /** CID of its block, as `runproof secret put --trigger` printed it. */
  readonly block: string;
}

/** @param host that it is about to be sent to: it opens for no other */
type OpenToken = (
  token: VaultToken,
  host: string,
  signal: AbortSignal | undefined
) => Promise<string>;

/**
 * Opens tokens of the vault for each use, so that nothing but a running job's memory holds one, and one
 * that is replaced or past its time is noticed at once.
 */
const tokensOver =
  (
    network: string,
    {
      chain,
      content,
      keys,
    }: {
      readonly chain: Pick<Chain, 'service' | 'slot'>;
      readonly content: Pick<Content, 'get'>;
      readonly keys: Pick<FileKeyRing, 'identities'>;
    }
  ): OpenToken =>
  async ({ service, block }, host, signal = new AbortController().signal) => {
    const state = await chain.service(service, { signal });
    if (isLookalike(state)) throw new CliError('NOT_FOUND', state.reason);
    const slot = await chain.slot({ signal });
    const { epoch } = state;
    const identities = keys.identities(epoch);
    const bytes = await content.get(parseCid(block), { signal });
    return openTriggerToken(bytes, { network, service, host }, { identities, epoch, slot });
  };
