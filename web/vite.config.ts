import { join } from 'node:path';
import { defineConfig } from 'vite';
import solid from 'vite-plugin-solid';

/**
 * The same sources give the same bytes from any folder: names come from contents, and no time, path
 * or environment gets in. Everything is relative, so that any path of any gateway serves it.
 */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  // Nothing of whoever builds it comes in: neither `.env` files nor variables.
  envDir: false,
  publicDir: false,
  cacheDir: join(import.meta.dirname, '../node_modules/.cache/vite'),
  plugins: [solid({ hot: false })],
  build: {
    outDir: join(import.meta.dirname, '../dist/site'),
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
