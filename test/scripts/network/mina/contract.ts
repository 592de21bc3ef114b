import {
  Field,
  type Provable,
  Reducer,
  SmartContract,
  State,
  declareMethods,
  declareState,
} from 'o1js';

export { Counter };

/** A small contract with a state, an event and an action. */
class Counter extends SmartContract {
  count = State<Field>();
  override events = { counted: Field };
  reducer = Reducer({ actionType: Field });

  async increase(by: Field): Promise<void> {
    const count = this.count.getAndRequireEquals();
    this.count.set(count.add(by));
    this.emitEvent('counted', by);
    this.reducer.dispatch(by);
  }
}
declareState(Counter, { count: Field });
declareMethods(Counter, { increase: [Field as unknown as Provable<unknown>] });
