import * as v from 'valibot';
import type { Graphql, QueryOptions } from './graphql.ts';
import { uint } from './schema.ts';

export { type SyncStatus, readSyncStatus, readArchiveHeight };

/** What a node says of itself. Only `SYNCED` has the network's newest blocks. */
type SyncStatus = v.InferOutput<typeof SyncSchema>['syncStatus'];

const SyncSchema = v.object({
  syncStatus: v.picklist(['CONNECTING', 'LISTENING', 'OFFLINE', 'BOOTSTRAP', 'SYNCED', 'CATCHUP']),
});
const HeightSchema = v.object({
  networkState: v.object({
    maxBlockHeight: v.object({ pendingMaxBlockHeight: v.pipe(uint(53), v.transform(Number)) }),
  }),
});

/** @throws ChainError */
const readSyncStatus = async (node: Graphql, options: QueryOptions = {}): Promise<SyncStatus> =>
  (await node.query('query { syncStatus }', {}, SyncSchema, options)).syncStatus;

/** Height of the newest block that an archive has. @throws ChainError */
async function readArchiveHeight(archive: Graphql, options: QueryOptions = {}): Promise<number> {
  const document = 'query { networkState { maxBlockHeight { pendingMaxBlockHeight } } }';
  const { networkState } = await archive.query(document, {}, HeightSchema, options);
  return networkState.maxBlockHeight.pendingMaxBlockHeight;
}
