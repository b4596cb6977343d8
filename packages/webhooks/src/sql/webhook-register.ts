import {
  select,
  valueList,
  type CommitStatements,
  type Row,
  type Sql,
  type TableDatabase,
} from '@anaquel/runtime/sql';
import type { WebhookRegister } from '../webhook-register.ts';
import { DELIVERY, JOINED, WITH_PROGRESS } from './webhook-columns.ts';
import { readDeliveryList, readWebhookList, toWebhook } from './webhook-lists.ts';
import {
  changeProgress,
  deleteWebhook,
  insertProgress,
  insertRequested,
  insertWebhook,
  KEEP_REVISION,
  RAISE_REVISION,
  updateWebhook,
} from './webhook-statements.ts';

export interface WebhookDatabase extends TableDatabase {
  /**
   * Rejects with an error whose `statusCode` is 503 when nothing was written, and with
   * `CommitOutcomeUnknownError` when that is unknown.
   */
  readonly commit: CommitStatements;
}

/** The webhooks of a service in its database, whichever kind that is. */
export function createWebhookRegister(database: WebhookDatabase): WebhookRegister {
  const { reads, commit } = database;

  /** Whether the first of these statements, which decides, has changed a row. */
  async function changed(...statements: readonly Sql[]): Promise<boolean> {
    const [, first] = await commit([RAISE_REVISION, ...statements]);
    return hasRows(first);
  }

  return {
    async webhook(id) {
      const found = await reads.first(select(WITH_PROGRESS)`from ${JOINED} where w.id = ${id}`);
      return found === undefined ? null : toWebhook(found);
    },
    async webhookMadeBy(creationKey) {
      const found = await reads.first(
        select(WITH_PROGRESS)`from ${JOINED} where w.creation_key = ${creationKey}`,
      );
      return found === undefined ? null : toWebhook(found);
    },
    async webhooksById(ids) {
      const query = select(WITH_PROGRESS)`from ${JOINED} where w.id in ${valueList(ids)}`;
      return (await reads.all(query)).map(toWebhook);
    },
    webhooks: (request) => readWebhookList(database, request),
    add: (webhook, cursor) => changed(insertWebhook(webhook), insertProgress(webhook, cursor)),
    async change(webhook, progress) {
      const changes = progress.flatMap((each) => changeProgress(webhook, each));
      const results = await commit([RAISE_REVISION, ...changes, updateWebhook(webhook)]);
      return hasRows(results.at(-1));
    },
    remove: (id, version) => changed(...deleteWebhook(id, version)),
    delivery: async (id) =>
      (await reads.first(select(DELIVERY)`from webhook_deliveries where id = ${id}`)) ?? null,
    deliveriesById: async (ids) =>
      reads.all(select(DELIVERY)`from webhook_deliveries where id in ${valueList(ids)}`),
    deliveries: (request) => readDeliveryList(database, request),
    async request(delivery) {
      const [, inserted] = await commit([KEEP_REVISION, insertRequested(delivery)]);
      return hasRows(inserted);
    },
  };
}

function hasRows(rows: readonly Row[] = []): boolean {
  return rows.length > 0;
}
