import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vite';
import { constants, prover, proverWorker } from '../../../../web/vite.config.ts';

const POLICY = /<meta\s+http-equiv="Content-Security-Policy"[^>]*>/;

/** The app's prover on a page of its own, under the app's policy, so that tests can call it by name. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  envDir: false,
  publicDir: false,
  define: constants(),
  plugins: [
    prover(),
    {
      name: 'service-worker-of-a-gateway',
      generateBundle() {
        const source = 'addEventListener("activate", (e) => e.waitUntil(clients.claim()))';
        this.emitFile({ type: 'asset', fileName: 'gateway-sw.js', source });
      },
    },
    {
      name: 'policy-of-the-app',
      transformIndexHtml(html) {
        const app = readFileSync(join(import.meta.dirname, '../../../../web/index.html'), 'utf8');
        return html.replace('<head>', `<head>${POLICY.exec(app)![0]}`);
      },
    },
  ],
  worker: proverWorker(),
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
  },
});
