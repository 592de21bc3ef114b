/**
 * Adds the headers that isolate a page to what the gateway answers, and does nothing else: it keeps no
 * copies, so that what the gateway serves stays what the page gets.
 */

interface Lifetime extends Event {
  waitUntil(promise: Promise<unknown>): void;
}
interface Fetched extends Event {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
/** What a service worker's global object has; TypeScript's library for it cannot stand beside DOM's. */
interface Scope {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: Lifetime) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetched) => void): void;
}
const worker = globalThis as unknown as Scope;

worker.addEventListener('install', (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener('fetch', (event) => {
  // Nodes, archives and other gateways go past it.
  if (event.request.url.startsWith(worker.registration.scope))
    event.respondWith(isolated(event.request));
});

async function isolated(request: Request): Promise<Response> {
  const answer = await fetch(request);
  // A redirect that the browser follows itself.
  if (answer.type === 'opaqueredirect' || answer.type === 'error') return answer;
  const headers = new Headers(answer.headers);
  headers.set('cross-origin-opener-policy', 'same-origin');
  headers.set('cross-origin-embedder-policy', 'require-corp');
  headers.set('cross-origin-resource-policy', 'same-origin');
  const { status, statusText } = answer;
  const body = [101, 204, 205, 304].includes(status) ? null : answer.body;
  return new Response(body, { status, statusText, headers });
}
