import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, the longest first. Without an earlier run nothing else knows it. */
const LONGEST = [
  'e2e/web/pages.test.ts',
  'e2e/web/load.test.ts',
  'e2e/web/changes.test.ts',
  'e2e/broker-faults.test.ts',
  'e2e/web/buying.test.ts',
  'e2e/web/counting.test.ts',
  'e2e/web/operator.test.ts',
  'e2e/start-variants.test.ts',
  'e2e/crash.test.ts',
  'packages/events/test/rabbitmq/rabbitmq-publisher.test.ts',
  'tools/test/copy.test.ts',
  'e2e/web/office.test.ts',
  'e2e/migrate.test.ts',
  'e2e/release.test.ts',
  'e2e/reference-clients.test.ts',
  'e2e/start.test.ts',
  'e2e/openapi.test.ts',
  'e2e/rabbitmq.test.ts',
  'e2e/start-postgres.test.ts',
  'e2e/gateway.test.ts',
  'e2e/web/webhooks.test.ts',
  'e2e/web/import.test.ts',
  'e2e/web/product-table.test.ts',
  'e2e/web/catalogue-texts.test.ts',
  'services/inventory/test/store/postgres-ledger.test.ts',
  'e2e/web/receiving.test.ts',
  'e2e/verify.test.ts',
  'services/gateway/test/http/replicas.test.ts',
  'services/products/test/product-search.property.test.ts',
  'services/inventory/test/http/older-releases.test.ts',
  'services/inventory/test/store/sqlite-ledger.test.ts',
  'e2e/selling.test.ts',
  'e2e/durability.test.ts',
  'e2e/postgres-ha.test.ts',
  'e2e/web/scanning.test.ts',
  'packages/events/test/redis/redis-publisher.test.ts',
  'packages/webhooks/test/delivery/pauses.test.ts',
  'tools/test/closing-line.test.ts',
  'tools/test/backup-postgres.test.ts',
  'e2e/backup.test.ts',
  'tools/test/supervisor.test.ts',
  'e2e/web/languages.test.ts',
  'e2e/documents.test.ts',
  'e2e/openapi-clients.test.ts',
  'services/products/test/product-store.test.ts',
  'services/inventory/test/process/postgres-process.test.ts',
  'e2e/web/security.test.ts',
  'e2e/alerts.test.ts',
  'services/inventory/test/http/stock-event-stream.test.ts',
  'services/inventory/test/http/containment.test.ts',
  'services/inventory/test/process/inventory-process.test.ts',
  'e2e/conformance/lists.test.ts',
  'services/products/test/product-list.property.test.ts',
  'services/products/test/product-tags.test.ts',
  'e2e/clock.test.ts',
  'e2e/tls.test.ts',
  'e2e/web/labels.test.ts',
  'services/inventory/test/process/overload.test.ts',
  'tools/test/postgres-commands.test.ts',
  'packages/runtime/test/server.test.ts',
  'e2e/webhooks.test.ts',
];

/**
 * Begins with the longest files, so that none of them runs on alone in the end. One project comes
 * after the other, since a worker serves only one: first e2e, whose files take longest.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    // A stable sort: all other files of a project stay where they are.
    return sorted.toSorted((a, b) => compareNames(a, b) || rankOf(a) - rankOf(b));
  }
}

function compareNames({ project: a }: TestSpecification, { project: b }: TestSpecification) {
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONGEST.findIndex((file) => moduleId.endsWith(`/${file}`));
  return rank === -1 ? LONGEST.length : rank;
}
