export { type Availability, type UnavailableReason, availability, isolate, release };

/**
 * o1js shares memory between threads, which browsers allow to cross-origin isolated pages only, and no
 * gateway sends the headers for that. So a service worker in the site's own folder adds them, and the
 * page is loaded once more. It is registered when something must be proven and removed after that, so
 * that a gateway's answers reach the page untouched at all other times; it keeps no copy of anything.
 */

type UnavailableReason =
  | 'subframe' // only the outermost page can be isolated
  | 'insecure' // neither https nor loopback
  | 'no-service-worker' // the browser has none, or has them switched off
  | 'taken' // the gateway is a service worker itself: ours in its place would cut the site off
  | 'refused' // the gateway, or the browser, would not have one here
  | 'ineffective'; // it runs, and the page is still not isolated

type Availability =
  | { readonly kind: 'ready' }
  /** Once the page is loaded again, by `isolate`. */
  | { readonly kind: 'after-reload' }
  | { readonly kind: 'unavailable'; readonly reason: UnavailableReason; readonly message: string };

const MESSAGES: Readonly<Record<UnavailableReason, string>> = {
  subframe: 'This page is shown inside another one. Open it by itself to prove here.',
  insecure: 'Proving needs an https address, or one on this machine.',
  'no-service-worker':
    'This browser allows no service workers here, which proving needs; a private window may be why.',
  taken:
    'This gateway works by a service worker of its own, which leaves none to this page; open it from another one.',
  refused: 'This gateway does not let a page bring its own service worker, which proving needs.',
  ineffective: 'The browser does not give this page shared memory, though all was done for it.',
};

const unavailable = (reason: UnavailableReason): Availability => ({
  kind: 'unavailable',
  reason,
  message: MESSAGES[reason],
});

/** That this page was loaded again already: it is not tried twice. */
const reloaded = (): string => `runproof:isolated ${location.pathname}`;

function availability(): Availability {
  if (crossOriginIsolated) {
    sessionStorage.removeItem(reloaded());
    return { kind: 'ready' };
  }
  if (window.top !== window) return unavailable('subframe');
  if (!isSecureContext) return unavailable('insecure');
  if (!('serviceWorker' in navigator)) return unavailable('no-service-worker');
  const { controller } = navigator.serviceWorker;
  if (controller !== null && controller.scriptURL !== script()) return unavailable('taken');
  return sessionStorage.getItem(reloaded()) === null
    ? { kind: 'after-reload' }
    : unavailable('ineffective');
}

/**
 * Makes the page able to prove. Where that takes a reload it does not come back: the page opens at the
 * same address.
 */
async function isolate(): Promise<Availability> {
  const now = availability();
  if (now.kind === 'unavailable') return now;
  const registration = await register();
  if (registration === undefined) return unavailable('refused');
  if (now.kind === 'ready') return now;
  sessionStorage.setItem(reloaded(), '');
  location.reload();
  return new Promise(() => undefined);
}

/** The worker that proves is fetched through it, so it is needed in an isolated page as well. */
async function register(): Promise<ServiceWorkerRegistration | undefined> {
  try {
    const registration = await navigator.serviceWorker.register(script(), {
      scope: './',
      updateViaCache: 'none',
    });
    const { installing, waiting } = registration;
    await isActive(installing ?? waiting);
    return registration;
  } catch {
    return undefined;
  }
}

/** Where index.html lies. */
const folder = (): string => new URL('./', document.baseURI).href;
const script = (): string => new URL('sw.js', folder()).href;

function isActive(worker: ServiceWorker | null): Promise<void> {
  if (worker === null) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (worker.state === 'activated') resolve();
      if (worker.state === 'redundant') reject(new Error('the service worker was not installed'));
    };
    worker.addEventListener('statechange', look);
    look();
  });
}

/** Takes the service worker away; the page stays isolated until it is left. */
async function release(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  const registration = await navigator.serviceWorker.getRegistration(folder());
  if (registration?.active?.scriptURL === script()) await registration.unregister();
}
