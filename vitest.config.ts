import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './e2e/longest-first.ts';
import { createClosingLine } from './tools/closing-line.ts';

const ON_POSTGRES = ['purchases'];

export default defineConfig({
  test: {
    // The closing line comes last: it is what a person, or a script, looks for.
    reporters: ['default', createClosingLine({ skippingFails: Boolean(process.env['CI']) })],
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: [
            'packages/*/test/**/*.test.ts',
            'services/*/test/**/*.test.ts',
            'tools/test/**/*.test.ts',
            'web/test/**/*.test.ts',
          ],
          // A busy machine is no fault: only what hangs takes so long. What tests wait for, they
          // wait for half of it.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: Math.max(2, availableParallelism() - 1),
          // Files that share a process load what they test once: a quarter of the time of all. So
          // none may leave anything behind.
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          // The tests of services that depend on the store, on PostgreSQL.
          name: 'postgres',
          include: ON_POSTGRES.map((file) => `services/inventory/test/http/${file}.test.ts`),
          env: { ANAQUEL_TEST_STORE: 'postgres' },
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: Math.max(2, availableParallelism() - 1),
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          globalSetup: 'e2e/build-web.ts',
          testTimeout: 480_000,
          hookTimeout: 480_000,
          // As patient as the waits in a browser: a busy machine is no fault.
          expect: { poll: { timeout: 60_000 } },
          // These start whole systems, and wait for them half of the time: three at a time keep two
          // processors busy. They come after the rest, so that nothing starves.
          maxWorkers: 3,
          // As above; and one browser serves all files of a process.
          isolate: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
