import { globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './e2e/longest-first.ts';
import { hasPostgres } from './packages/runtime/test/postgres/postgres-server.ts';
import { isSoak, isWholeSoak, repeatsMore } from './packages/runtime/test/soak-counts.ts';
import { createClosingLine } from './tools/closing-line.ts';

/**
 * What each store can break beyond the promises that its contract suite tests, as paths in
 * `services` without their ending: what happens at the same time, upkeep, and texts.
 */
const ON_POSTGRES = [
  'inventory/test/http/idempotency',
  'inventory/test/http/purchases',
  'inventory/test/http/reservation-races',
  'inventory/test/http/reservation-sweeper',
  'inventory/test/http/stock-events',
  'inventory/test/http/sales-summaries',
  'inventory/test/http/storm',
  'inventory/test/http/unclean-texts',
  'products/test/product-operations',
  'products/test/product-store',
  'products/test/product-tags',
  'products/test/unclean-texts',
];

/** The other tests of an API, on PostgreSQL in the whole soak alone. */
const ON_POSTGRES_IN_WHOLE_SOAK = [
  'inventory/test/http/classic',
  'inventory/test/http/crossings',
  'inventory/test/http/hold-limits',
  'inventory/test/http/inventories',
  'inventory/test/http/not-for-sale',
  'inventory/test/http/related-resources',
  'inventory/test/http/reservations',
  'inventory/test/http/stock-event-stream',
  'inventory/test/http/stock-movements',
  'inventory/test/http/stock-operations',
  'inventory/test/http/stock-webhooks',
  'products/test/classic-api',
  'products/test/list-reads',
  'products/test/product-list.property',
  'products/test/product-search.property',
  'products/test/product-webhooks',
  'products/test/products-api',
];

/**
 * What takes long and shows more than the others only when it is repeated. CI runs them, too, with
 * a part of their counts; ANAQUEL_SOAK=1 lets Vitest run one by itself.
 */
const IN_SOAK = [
  'e2e/alerts.test.ts',
  'e2e/broker-faults.test.ts',
  'e2e/clock.test.ts',
  'e2e/crash.test.ts',
  'e2e/durability.test.ts',
  'e2e/openapi-clients.test.ts',
  'e2e/postgres-ha.test.ts',
  'e2e/rabbitmq.test.ts',
  'e2e/reference-clients.test.ts',
  'e2e/release.test.ts',
  'e2e/rolling-restart.test.ts',
  'e2e/start-postgres.test.ts',
  'e2e/start-variants.test.ts',
  'e2e/tls.test.ts',
  'e2e/web/catalogue-texts.test.ts',
  'e2e/web/import.test.ts',
  'e2e/web/load.test.ts',
  'packages/events/test/rabbitmq/rabbitmq-publisher.test.ts',
];

/** What takes so long that a part of the soak leaves it out. */
const IN_WHOLE_SOAK = ['e2e/rabbitmq-ha.test.ts', 'e2e/web/looks.test.ts'];

/**
 * Servers on several machines, which elect a leader by their clocks: beside tests that take all
 * processors they find no end of elections.
 */
const CLUSTERS = ['e2e/postgres-ha.test.ts', 'e2e/rabbitmq-ha.test.ts'];

/** `npm run coverage`. */
const isCoverage = process.argv.includes('--coverage');

const pathOf = (file: string): string => `services/${file}.test.ts`;

/**
 * In a soak only the files that speak of it, and those that no other run has. A part of it leaves
 * out what would repeat nothing more often than `npm test`.
 */
function filesOf(...patterns: readonly string[]): string[] {
  const files = globSync(patterns, { exclude: (path) => path.endsWith('node_modules') }).filter(
    // Code that is counted is slower than what these compare it with.
    (path) => !(isCoverage && path.endsWith('refusal-cost.test.ts')),
  );
  const inSoak = [...IN_SOAK, ...IN_WHOLE_SOAK];
  if (!isSoak) return files.filter((file) => !inSoak.includes(file));
  return files.filter((file) => {
    if (IN_WHOLE_SOAK.includes(file)) return isWholeSoak;
    if (IN_SOAK.includes(file)) return true;
    const code = readFileSync(file, 'utf8');
    return isWholeSoak ? /soak/i.test(code) : repeatsMore(code);
  });
}

/**
 * What must have been run of the code that answers requests. The web app isn't counted: its tests
 * use it in a browser.
 */
const COVERAGE = {
  provider: 'custom' as const,
  customProviderModule: join(import.meta.dirname, 'tools/coverage-provider.ts'),
  include: ['packages/*/src/**/*.ts', 'services/*/src/**/*.ts'],
  // The processes and threads that tests start, too.
  autoAttachSubprocess: true,
  reporter: ['text', 'html'],
  reportsDirectory: 'coverage',
  reportOnFailure: true,
  thresholds: {
    branches: 85,
    'packages/jsonapi/src/**': { branches: 95 },
    'services/*/src/domain/**': { branches: 95 },
  },
};

const PARTS = {
  // A busy machine is no fault: only what hangs takes so long. What tests wait for, they wait for
  // half of it.
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // Files that share a process load what they test once: a quarter of the time of all. So none may
  // leave anything behind.
  isolate: false,
};

/** These start whole systems. */
const WHOLE_SYSTEMS = {
  testTimeout: 480_000,
  hookTimeout: 480_000,
  // As patient as the waits in a browser: a busy machine is no fault.
  expect: { poll: { timeout: 60_000 } },
  // Files that share a process share a browser, or a PostgreSQL.
  isolate: false,
};

export default defineConfig({
  test: {
    // The closing line comes last: it is what a person, or a script, looks for.
    // Coverage is measured without the programs that .ci/run installs.
    reporters: [
      'default',
      createClosingLine({ skippingFails: Boolean(process.env['CI']) && !isCoverage }),
    ],
    setupFiles: process.env['CI'] ? [join(import.meta.dirname, 'tools/repeatable-cases.ts')] : [],
    pool: 'forks',
    coverage: COVERAGE,
    // Node runs the files as they are in all processes, so that their counts can be added.
    experimental: { viteModuleRunner: !isCoverage },
    sequence: { sequencer: LongestFirst },
    // Tests wait for half of their time: three more than processors keep these busy. All projects
    // share the workers, so that none is idle while the last file of a project runs.
    maxWorkers: availableParallelism() + 3,
    projects: [
      {
        extends: true,
        test: {
          ...PARTS,
          name: 'parts',
          globalSetup: join(import.meta.dirname, 'tools/test/build.ts'),
          include: filesOf(
            'packages/*/test/**/*.test.ts',
            'services/*/test/**/*.test.ts',
            'tools/test/**/*.test.ts',
            ...(isCoverage ? [] : ['web/test/**/*.test.ts']),
          ),
        },
      },
      {
        extends: true,
        test: {
          ...PARTS,
          // Of the files of `parts` again, with the data of the services on PostgreSQL.
          name: 'postgres',
          globalSetup: join(import.meta.dirname, 'tools/test/build.ts'),
          include: hasPostgres
            ? [
                ...filesOf(...ON_POSTGRES.map(pathOf)),
                ...(isWholeSoak ? ON_POSTGRES_IN_WHOLE_SOAK.map(pathOf) : []),
              ]
            : [],
          env: { ANAQUEL_TEST_STORE: 'postgres' },
        },
      },
      {
        extends: true,
        test: {
          ...WHOLE_SYSTEMS,
          name: 'e2e',
          include: filesOf('e2e/**/*.test.ts'),
          exclude: CLUSTERS,
          globalSetup: 'e2e/build.ts',
        },
      },
      {
        extends: true,
        test: {
          ...WHOLE_SYSTEMS,
          name: 'clusters',
          include: filesOf(...CLUSTERS),
          globalSetup: 'e2e/build.ts',
          // After all others, one by one.
          sequence: { groupOrder: 1 },
          maxWorkers: 1,
        },
      },
      // What clients see of the services, on PostgreSQL. It takes long, and on SQLite it is in
      // every run of the tests.
      ...(isSoak
        ? [
            {
              extends: true as const,
              test: {
                ...WHOLE_SYSTEMS,
                name: 'e2e-postgres',
                include: [
                  'e2e/conformance/*.test.ts',
                  'e2e/{clients,mutations,reference-systems}.test.ts',
                  ...(isWholeSoak ? ['e2e/reference-clients.test.ts'] : []),
                ],
                env: { ANAQUEL_TEST_STORE: 'postgres' },
              },
            },
          ]
        : []),
    ],
  },
});
