/**
 * `Promise.withResolvers` for Node 20: Helia's locks (mortice, it-queue) call it, and Node has it from
 * 22 on. Import this file before Helia runs; it does nothing where the function is there.
 * @see https://tc39.es/ecma262/#sec-promise.withResolvers
 */
type Resolvers = { promise: unknown; resolve: unknown; reject: unknown };
type PromiseClass = { withResolvers?: () => Resolvers };

function withResolvers(): Resolvers {
  let resolve: unknown;
  let reject: unknown;
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

(Promise as PromiseClass).withResolvers ??= withResolvers;
