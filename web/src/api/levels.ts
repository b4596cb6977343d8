import {
  readList,
  operationsRequest,
  pageParameters,
  resultsIn,
  V1,
  readVersioned,
  type Client,
  type Operation,
  type Options,
  type Page,
} from './client.ts';
import { reader, resourceOf, type ResourceObject } from './documents.ts';

export interface Level {
  readonly productId: string;
  readonly onHand: number;
  readonly reserved: number;
  readonly available: number;
  readonly lowStockThreshold: number | null;
  /** Grows with every change; in quotes it is the ETag. */
  readonly version: number;
  readonly updatedAt: string;
}

export interface LevelQuery extends Page {
  readonly lowStock?: boolean;
  readonly available?: number;
  readonly sort?: string;
}

export interface LevelInput {
  readonly onHand?: number;
  /** When it was counted, RFC 3339: what moved since is added. Now where it is left out. */
  readonly countedAt?: string;
  readonly lowStockThreshold?: number | null;
}

function toLevel(resource: ResourceObject): Level {
  const read = reader(resourceOf('inventories', resource).attributes);
  return {
    productId: resource.id,
    onHand: read.number('onHand'),
    reserved: read.number('reserved'),
    available: read.number('available'),
    lowStockThreshold: read.numberOrNull('lowStockThreshold'),
    version: read.number('version'),
    updatedAt: read.text('updatedAt'),
  };
}

export function levelCalls({ ask, allById, everyOne }: Client) {
  return {
    levels: (query: LevelQuery, { signal }: Options = {}) =>
      ask(
        {
          path: `${V1}/inventories`,
          query: {
            ...pageParameters(query),
            'filter[lowStock]': query.lowStock === undefined ? null : String(query.lowStock),
            'filter[available]': query.available,
            sort: query.sort,
          },
          signal,
        },
        readList(toLevel),
      ),
    levelsById: (ids: readonly string[], more: Options = {}) =>
      allById(`${V1}/inventories`, 'filter[id]', ids, toLevel, more),
    everyLevel: (more: Options & { onPage?: (count: number) => void } = {}) =>
      everyOne(`${V1}/inventories`, toLevel, more),
    /**
     * How much the clock by which the ledger dates movements is ahead of this one, in milliseconds.
     * Only the ledger tells it: other servers may have another clock, or a `Date` that is late.
     */
    clockAheadMs: ({ signal }: Options = {}) =>
      ask(
        { path: `${V1}/inventories`, query: { 'page[size]': 1 }, signal },
        ({ clockAheadMs }) => clockAheadMs,
      ),
    level: (productId: string, { signal }: Options = {}) =>
      ask(
        { path: `${V1}/inventories/${encodeURIComponent(productId)}`, signal },
        readVersioned(toLevel),
      ),
    trackStock: (productId: string, attributes: LevelInput, idempotencyKey?: string) =>
      ask(
        {
          method: 'POST',
          path: `${V1}/inventories`,
          body: { data: { type: 'inventories', id: productId, attributes } },
          idempotencyKey,
        },
        readVersioned(toLevel),
      ),
    /**
     * A count: sets what is on hand. With the version that was seen, nobody else's change is
     * overwritten.
     */
    countStock: (
      productId: string,
      attributes: LevelInput,
      etag: string | null,
      idempotencyKey?: string,
    ) =>
      ask(
        {
          method: 'PATCH',
          path: `${V1}/inventories/${encodeURIComponent(productId)}`,
          body: { data: { type: 'inventories', id: productId, attributes } },
          ifMatch: etag,
          idempotencyKey,
        },
        readVersioned(toLevel),
      ),
    /**
     * At most 1,000 changes of stock, all or none. Answers what each left, a level or a movement,
     * in their order.
     */
    operateStock: (operations: readonly Operation[], idempotencyKey: string, more: Options = {}) =>
      ask(
        { ...operationsRequest('stock-operations', operations, more), idempotencyKey },
        (answer) => resultsIn(answer.document).map(({ type, id }) => ({ type, id })),
      ),
  };
}
