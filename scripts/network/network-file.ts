import * as v from 'valibot';

export { NetworkFileSchema, type NetworkFile };

const address = v.pipe(v.string(), v.maxLength(512), v.regex(/^http:\/\/[^\s@#?]+$/));

/**
 * `network.json`: what an app has to know to use this network, served beside the node's GraphQL to
 * pages of any origin. It tells the upload token, to whoever can reach the loopback address: that
 * token opens this gateway and these repositories, which nobody else can reach, and nothing besides.
 */
const NetworkFileSchema = v.strictObject({
  version: v.literal(1),
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(80)),
  node: address,
  archive: address,
  gateways: v.pipe(v.array(address), v.maxLength(8)),
  upload: address,
  uploadToken: v.pipe(v.string(), v.maxLength(256)),
  accountManager: address,
  /** Whether proofs are made and verified here. */
  proofs: v.boolean(),
  /** Addresses of Service accounts. */
  services: v.pipe(
    v.array(v.pipe(v.string(), v.regex(/^B62[1-9A-HJ-NP-Za-km-z]{52}$/))),
    v.maxLength(1000)
  ),
});
type NetworkFile = Readonly<v.InferOutput<typeof NetworkFileSchema>>;
