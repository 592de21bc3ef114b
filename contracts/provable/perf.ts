import { Field, Provable, Struct } from 'o1js';
import { BOUND } from '../formats/amount.ts';
import { fromText } from '../formats/field.ts';
import { PERF_DEPTH, TASK_CLOCK, TASK_CLOCK_UNIT } from '../formats/perf.ts';
import { hashIn } from './domain.ts';
import { assertBelow } from './range.ts';

export { TaskClock };

/** The opened task-clock counter: leaf 0 of the perf tree, and its path. */
class TaskClock extends Struct({
  nanoseconds: Field,
  siblings: Provable.Array(Field, PERF_DEPTH),
}) {
  /**
   * Root of the tree whose first leaf is a *supported* `task-clock` in `ns` of this value. The leaf
   * being the first, every path element is a right sibling and nothing has to be selected. The value
   * is held below 2^56. About 180 rows.
   */
  root(): Field {
    assertBelow(this.nanoseconds, BOUND.taskClock);
    const leaf = hashIn(
      'counter',
      Field(fromText(TASK_CLOCK)),
      Field(fromText(TASK_CLOCK_UNIT)),
      this.nanoseconds,
      Field(1)
    );
    return this.siblings.reduce((node, sibling) => hashIn('perfNode', node, sibling), leaf);
  }
}
