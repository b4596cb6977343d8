import type { ListPage } from '@anaquel/jsonapi';
import {
  filterCondition,
  readListPage,
  sortKeys,
  sql,
  tableList,
  typedPage,
  type FilterField,
  type Sql,
  type TableDatabase,
} from '@anaquel/runtime/sql';
import type {
  DeliveryFilters,
  DeliveryListRequest,
  WebhookFilters,
  WebhookListRequest,
  WebhookSort,
} from '../webhook-register.ts';
import type { WebhookWithProgress } from '../webhook-store.ts';
import type { Delivery, Webhook, WebhookProgress } from '../webhook.ts';
import { DELIVERY, JOINED, WITH_PROGRESS } from './webhook-columns.ts';

const WEBHOOK_ID = sql`w.id`;
/** Ids are in the order in which they were made. */
const WEBHOOK_SORTS: Readonly<Record<WebhookSort, Sql>> = {
  createdAt: WEBHOOK_ID,
  updatedAt: sql`w.updated_at`,
};

const WEBHOOK_FIELDS: Readonly<Record<keyof WebhookFilters, FilterField>> = {
  url: sql`w.url`,
  status: sql`case when w.paused_reason is null then 'active' else 'paused' end`,
  pausedReason: sql`w.paused_reason`,
  createdAt: sql`w.created_at`,
  updatedAt: sql`w.updated_at`,
};

const COUNT = sql`select count(*) from webhooks`;

export function toWebhook([webhook, progress]: readonly [
  Webhook,
  WebhookProgress,
]): WebhookWithProgress {
  return { webhook, progress };
}

/** There are 10,000 at most: each is looked at. */
export async function readWebhookList(
  database: TableDatabase,
  { filters, sort, page }: WebhookListRequest,
): Promise<ListPage<WebhookWithProgress>> {
  const read = await readListPage(
    tableList({
      database,
      table: JOINED,
      reader: WITH_PROGRESS,
      keys: sortKeys(sort, WEBHOOK_SORTS, WEBHOOK_ID),
      positionOf: ([{ id, updatedAt }]) => [
        ...sort.map(({ field }) => (field === 'updatedAt' ? updatedAt : id)),
        id,
      ],
      within: [],
      tests: filters.map((filter) => filterCondition(filter, WEBHOOK_FIELDS)),
      sliceBy: null,
      orderedBy: 'index',
      countAll: filters.length > 0 ? null : async () => database.reads.number(COUNT),
    }),
    typedPage(page, [...sort.map(() => 'string' as const), 'string']),
  );
  return { ...read, items: read.items.map(toWebhook) };
}

const DELIVERY_ID = sql`id`;
const ATTEMPT_AT = sql`attempt_at`;

const DELIVERY_FIELDS: Readonly<Record<keyof DeliveryFilters, FilterField>> = {
  webhook: sql`webhook_id`,
  status: sql`status`,
  cause: sql`cause`,
};

/** Those of one webhook are some thousand at most; those of all may be millions. */
export function readDeliveryList(
  database: TableDatabase,
  { filters, sort, page }: DeliveryListRequest,
): Promise<ListPage<Delivery>> {
  const isOfOne = ({ field, operator }: (typeof filters)[number]) =>
    field === 'webhook' && operator === 'eq';
  const ofOne = filters.filter(isOfOne);
  const others = filters.filter((filter) => !isOfOne(filter));
  return readListPage(
    tableList({
      database,
      table: sql`webhook_deliveries`,
      reader: DELIVERY,
      keys: sortKeys(sort, { attemptAt: ATTEMPT_AT }, DELIVERY_ID),
      positionOf: ({ id, attemptAt }) => [...sort.map(() => attemptAt), id],
      within: ofOne.map((filter) => filterCondition(filter, DELIVERY_FIELDS)),
      tests: others.map((filter) => filterCondition(filter, DELIVERY_FIELDS)),
      sliceBy: ofOne.length > 0 ? null : DELIVERY_ID,
      orderedBy: 'index',
      countAll: null,
    }),
    typedPage(page, [...sort.map(() => 'string' as const), 'string']),
  );
}
