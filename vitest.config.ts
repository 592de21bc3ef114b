import solid from 'vite-plugin-solid';
import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './test/slowest-first.ts';
import { constants } from './web/vite.config.ts';

/** `*.proof.test.ts` makes real proofs: one process, modules shared, so circuits compile once a run. */
export default defineConfig({
  test: {
    reporters: ['default', './test/reporter.ts'],
    // Four times as fast as WebAssembly, and to be chosen before o1js is first used. And bash takes a pipe of
    // Node's for a network connection: as the outermost shell it would read the user's ~/.bashrc.
    env: { O1JS_BACKEND: 'native', SHLVL: '1' },
    sequence: { sequencer: SlowestFirst },
    // As long as a busy machine may take: what is polled for ends as soon as it is there.
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{live,proof,e2e}.test.ts', 'test/web', 'node_modules'],
          // Two workers that keep their modules: o1js takes seconds to load, and vitest would start one.
          pool: 'forks',
          isolate: false,
          maxWorkers: 2,
          // As long as a busy machine may take.
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        // The app's own code, with the packages that a browser gets and Solid's compiler.
        extends: true,
        plugins: [solid({ hot: false })],
        define: constants(),
        test: {
          name: 'web',
          include: ['test/web/**/*.test.{ts,tsx}'],
          exclude: ['test/web/e2e', 'test/**/*.live.test.ts', 'node_modules'],
          environment: 'node',
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        // What starts processes that talk to each other: networks, daemons, jobs, the command line.
        extends: true,
        test: {
          name: 'live',
          include: ['test/**/*.live.test.ts'],
          pool: 'forks',
          isolate: false,
          maxWorkers: 2,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // The built site in a browser, against the embedded network: one at a time.
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/**/*.e2e.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          pool: 'forks',
          isolate: false,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
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
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
