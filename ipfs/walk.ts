export { walkDag };

import type { CID } from 'multiformats/cid';
import type { Abortable } from './abort.ts';
import type { Block } from './block.ts';
import { linksOf } from './dag.ts';
import { Lookahead } from './lookahead.ts';
import type { BlockSource } from './source.ts';

const AHEAD = 15;

/**
 * Every block under `root`, once each, parents before children, depth first. Give a `Budget` as
 * `source` where the publisher is not trusted. The way ahead is kept in a list, not on the stack,
 * so that no depth of nesting can overflow it.
 * @throws {IpfsError} what `source` and {@link linksOf} throw
 */
async function* walkDag(
  root: CID,
  source: BlockSource,
  options: Abortable = {}
): AsyncGenerator<Block> {
  const fetching = source.hint === undefined ? new Lookahead(source) : source;
  const seen = new Set<string>();
  const ahead = [root];
  for (let cid = ahead.pop(); cid !== undefined; cid = ahead.pop()) {
    const key = cid.toString();
    if (seen.has(key)) continue;
    seen.add(key);
    const next = ahead.slice(-AHEAD).filter((one) => !seen.has(one.toString()));
    fetching.hint?.([cid, ...next.reverse()], options);
    const block = { cid, bytes: await fetching.get(cid, options) };
    ahead.push(...linksOf(block).reverse());
    yield block;
  }
}
