import { type Provable, type SmartContract, declareMethods } from 'o1js';

export { declareArguments };

type Method<T> = {
  [K in keyof T]: T[K] extends (...args: never[]) => Promise<void> ? K : never;
}[keyof T];
type Arguments<F> = F extends (...args: infer A) => Promise<void>
  ? { [I in keyof A]: { prototype: unknown } | Provable<A[I]> }
  : never;

/**
 * o1js's `declareMethods`, held to the names and the number of arguments of the contract's methods.
 * Declared rather than decorated: decorators need type metadata, which neither esbuild nor Node
 * emits, and a wrong list would only show when a proof fails.
 */
function declareArguments<T extends SmartContract>(
  contract: typeof SmartContract & { prototype: T },
  methods: { [K in Method<T>]?: Arguments<T[K]> }
): void {
  declareMethods(contract, methods as Record<string, Provable<unknown>[]>);
}
