import type { BrowserContext, Request } from 'playwright-core';

export { type Valve, valve };

/** Stops requests of a browser at a point, as they stop where a page is closed in the middle. */
interface Valve {
  /** Resolves when the first has come to that point. */
  readonly reached: Promise<void>;
  /** Lets later ones through; those that were stopped are never answered. */
  open(): Promise<void>;
}

/**
 * @param where `before`: they never arrive; `after`: they arrive, and their answers are lost
 */
async function valve(
  context: BrowserContext,
  isStopped: (request: Request) => boolean,
  where: 'before' | 'after'
): Promise<Valve> {
  let reach = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  let isOpen = false;
  await context.route('**/*', async (route, request) => {
    if (isOpen || !isStopped(request)) return route.fallback();
    if (where === 'after') await route.fetch();
    reach();
  });
  return {
    reached,
    open: () => {
      isOpen = true;
      return Promise.resolve();
    },
  };
}
