import solid from 'vite-plugin-solid';
import { defineConfig } from 'vitest/config';

/** `*.proof.test.ts` makes real proofs: one process, modules shared, so circuits compile once a run. */
export default defineConfig({
  test: {
    reporters: ['default', './test/reporter.ts'],
    // Four times as fast as WebAssembly, and to be chosen before o1js is first used.
    env: { O1JS_BACKEND: 'native' },
    projects: [
      {
        extends: true,
        plugins: [solid({ hot: false })],
        test: {
          name: 'fast',
          environment: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.proof.test.ts', 'node_modules'],
          // Two workers that keep their modules: o1js takes seconds to load, and vitest would start one.
          pool: 'forks',
          isolate: false,
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'proof',
          include: ['test/**/*.proof.test.ts'],
          testTimeout: 1_200_000,
          hookTimeout: 1_200_000,
          pool: 'forks',
          isolate: false,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
