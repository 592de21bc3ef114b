export { given };
export type { Given };

/** Arguments of which those that are null were left out: GraphQL has no other difference here. */
type Given<T> = { [K in keyof T]?: Exclude<T[K], null | undefined> };

function given<T extends object>(args: T): Given<T> {
  return Object.fromEntries(
    Object.entries(args).filter(([, value]) => value !== null && value !== undefined)
  ) as Given<T>;
}
