import { Bool, Field, Provable } from 'o1js';
import type { Domain } from '../formats/domain.ts';
import { hashIn } from './domain.ts';

export { type TreePath, treePath, treePathOf, treeRoot };

/** Where a leaf stands in a tree of fixed depth: the siblings from its level up, and its turns. */
interface TreePath {
  readonly siblings: Field[];
  /** Whether the node is the right one of its pair. */
  readonly isRight: Bool[];
}

/** Fields of a struct that holds a path of this depth. */
const treePath = (depth: number) => ({
  siblings: Provable.Array(Field, depth),
  isRight: Provable.Array(Bool, depth),
});

/** From the formats' plain form: siblings from the leaf up, and the leaf's place. */
const treePathOf = ({
  siblings,
  index,
}: {
  readonly siblings: readonly bigint[];
  readonly index: number;
}): TreePath => ({
  siblings: siblings.map(Field),
  isRight: siblings.map((_, depth) => Bool(((index >> depth) & 1) === 1)),
});

/**
 * The root that a leaf has at this path. Leaves and nodes need different domains, and the depth is the
 * tree's own, so a node is never taken for a leaf. 28 rows a level.
 */
const treeRoot = (domain: Domain, leaf: Field, { siblings, isRight }: TreePath): Field =>
  siblings.reduce((node, sibling, depth) => {
    const left = Provable.if(isRight[depth]!, sibling, node);
    const right = Provable.if(isRight[depth]!, node, sibling);
    return hashIn(domain, left, right);
  }, leaf);
