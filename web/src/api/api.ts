import { dataIn, isJson, listIn, MalformedAnswer, resourceIn, type ListOf } from './documents.ts';
import type { ResourceObject } from './documents.ts';
import type { Result } from './errors.ts';
import { IDS_A_REQUEST, valueLists } from './value-lists.ts';
import {
  ATOMIC_MEDIA_TYPE,
  CURSOR_MEDIA_TYPE,
  createHttp,
  readAnswer,
  type Answer,
  type HttpOptions,
  type HttpRequest,
} from './http.ts';
import {
  toAudit,
  toHealth,
  toLevel,
  toMovement,
  toProduct,
  toProductTag,
  toPurchase,
  toReservation,
  toSession,
  toShop,
  type Audit,
  type Health,
  type MovementKind,
  type Product,
  type ProductStatus,
  type ReservationStatus,
  type Session,
} from './resources.ts';

const V1 = '/api/v1';
const OPERATIONS_TIMEOUT_MS = 60_000;

export interface Page {
  readonly number?: number;
  readonly size?: number;
}

export interface ProductQuery extends Page {
  readonly search?: string;
  readonly tag?: string;
  readonly minPrice?: number;
  readonly maxPrice?: number;
  readonly status?: ProductStatus;
  readonly sort?: string;
}

export interface ProductTagQuery extends Page {
  readonly search?: string | undefined;
  /** Only products of this status are counted. */
  readonly status?: 'active';
}

export interface MovementQuery extends Page {
  readonly productId?: string;
  readonly kind?: MovementKind;
  readonly purchaseId?: string;
  readonly sort?: 'position' | '-position';
}

export interface LevelQuery extends Page {
  readonly lowStock?: boolean;
  readonly available?: number;
  readonly sort?: string;
}

/** What one may say of a product; what is left out stays. */
export interface ProductInput {
  readonly name?: string;
  readonly sku?: string | null;
  readonly description?: string | null;
  readonly price?: number;
  readonly currency?: string;
  readonly status?: Product['status'];
  readonly imageUrl?: string | null;
  readonly tags?: readonly string[];
}

export interface LevelInput {
  readonly onHand?: number;
  readonly lowStockThreshold?: number | null;
}

export interface LineInput {
  readonly productId: string;
  readonly quantity: number;
  /**
   * The price that the buyer saw: another amount, or the same in another currency, refuses the
   * whole.
   */
  readonly expectedPrice: number;
  readonly expectedCurrency: string;
}

export type MovementInput =
  | { readonly kind: 'receipt'; readonly quantity: number; readonly reason?: string }
  | { readonly kind: 'adjustment'; readonly quantity: number; readonly reason: string }
  | {
      readonly kind: 'return';
      readonly quantity: number;
      readonly purchaseId: string;
      readonly reason?: string;
    };

/** A resource with the version that a change of it may name. */
export interface Versioned<Value> {
  readonly value: Value;
  readonly etag: string | null;
}

/** An answer to a change that may be sent again with its key. */
export interface Settled<Value> {
  readonly value: Value;
  /** It had happened before: this is its first answer. */
  readonly isReplay: boolean;
  readonly clockAheadMs: number;
}

/** One of a list of changes that happen together; see https://jsonapi.org/ext/atomic/ */
export interface Operation {
  readonly op: 'add' | 'update';
  readonly data: {
    readonly type: 'products' | 'inventories';
    readonly id?: string;
    readonly attributes: ProductInput | LevelInput;
  };
}

interface Options {
  readonly signal?: AbortSignal | undefined;
}

export type Api = ReturnType<typeof createApi>;

/**
 * All that this app asks of the gateway. Every function answers a value or an error, and throws
 * only when its signal aborts.
 */
export function createApi(options: HttpOptions = {}) {
  const http = createHttp(options);

  async function ask<Value>(request: HttpRequest, read: (answer: Answer) => Value) {
    return readAnswer(request, await http.request(request), read);
  }

  const one =
    <Item>(to: (resource: ResourceObject) => Item) =>
    ({ document }: Answer): Item =>
      to(resourceIn(dataIn(document)));
  const versioned =
    <Item>(to: (resource: ResourceObject) => Item) =>
    (answer: Answer): Versioned<Item> => ({ value: one(to)(answer), etag: answer.etag });
  const settled =
    <Item>(to: (resource: ResourceObject) => Item) =>
    (answer: Answer): Settled<Item> => ({
      value: one(to)(answer),
      isReplay: answer.isReplay,
      clockAheadMs: answer.clockAheadMs,
    });
  const list =
    <Item>(to: (resource: ResourceObject) => Item) =>
    ({ document }: Answer): ListOf<Item> =>
      listIn(document, to);

  /** All that have one of many ids, asked for in slices that fit an address. */
  async function allById<Item>(
    path: string,
    filter: string,
    ids: readonly string[],
    to: (resource: ResourceObject) => Item,
    { signal }: Options,
  ): Promise<Result<readonly Item[]>> {
    const items: Item[] = [];
    for (const slice of valueLists(ids)) {
      const query = { [filter]: slice, 'page[size]': IDS_A_REQUEST };
      const result = await ask({ path, query, signal }, list(to));
      if (!result.ok) return result;
      items.push(...result.value.items);
    }
    return { ok: true, value: items };
  }

  /** Every item of a list, page after page by cursor. `onPage` hears how many there are so far. */
  async function everyOne<Item>(
    path: string,
    to: (resource: ResourceObject) => Item,
    { signal, onPage }: Options & { readonly onPage?: (count: number) => void },
  ): Promise<Result<readonly Item[]>> {
    const items: Item[] = [];
    let after: string | null = null;
    do {
      const query = { 'page[size]': 100, 'page[after]': after, sort: 'id' };
      const request: HttpRequest = { path, query, accept: CURSOR_MEDIA_TYPE, signal };
      const result: Result<ListOf<Item>> = await ask(request, list(to));
      if (!result.ok) return result;
      items.push(...result.value.items);
      onPage?.(items.length);
      after = result.value.next;
    } while (after !== null);
    return { ok: true, value: items };
  }

  return {
    // ------------------------------------------------------------ products

    products: (query: ProductQuery, { signal }: Options = {}) =>
      ask({ path: `${V1}/products`, query: productParameters(query), signal }, list(toProduct)),
    /** Tags, those first that most products have. */
    productTags: (query: ProductTagQuery, { signal }: Options = {}) =>
      ask(
        {
          path: `${V1}/product-tags`,
          query: {
            ...pageParameters(query),
            'filter[search]': query.search,
            'filter[status]': query.status,
          },
          signal,
        },
        list(toProductTag),
      ),
    productsById: (ids: readonly string[], more: Options = {}) =>
      allById(`${V1}/products`, 'filter[id]', ids, toProduct, more),
    productsBySku: (skus: readonly string[], more: Options = {}) =>
      allById(`${V1}/products`, 'filter[sku][in]', skus, toProduct, more),
    shop: ({ signal }: Options = {}) =>
      ask({ path: `${V1}/products`, query: { 'page[size]': 1 }, signal }, ({ document }) =>
        toShop(document),
      ),
    everyProduct: (more: Options & { onPage?: (count: number) => void } = {}) =>
      everyOne(`${V1}/products`, toProduct, more),
    product: (id: string, { signal }: Options = {}) =>
      ask({ path: `${V1}/products/${encodeURIComponent(id)}`, signal }, versioned(toProduct)),
    createProduct: (attributes: ProductInput) =>
      ask(
        {
          method: 'POST',
          path: `${V1}/products`,
          body: { data: { type: 'products', attributes } },
        },
        versioned(toProduct),
      ),
    updateProduct: (id: string, attributes: ProductInput, etag: string | null) =>
      ask(
        {
          method: 'PATCH',
          path: `${V1}/products/${encodeURIComponent(id)}`,
          body: { data: { type: 'products', id, attributes } },
          ifMatch: etag,
        },
        versioned(toProduct),
      ),
    deleteProduct: (id: string, etag: string | null = null) =>
      ask(
        { method: 'DELETE', path: `${V1}/products/${encodeURIComponent(id)}`, ifMatch: etag },
        () => null,
      ),

    // ------------------------------------------------------------ stock

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
        list(toLevel),
      ),
    levelsById: (ids: readonly string[], more: Options = {}) =>
      allById(`${V1}/inventories`, 'filter[id]', ids, toLevel, more),
    everyLevel: (more: Options & { onPage?: (count: number) => void } = {}) =>
      everyOne(`${V1}/inventories`, toLevel, more),
    level: (productId: string, { signal }: Options = {}) =>
      ask(
        { path: `${V1}/inventories/${encodeURIComponent(productId)}`, signal },
        versioned(toLevel),
      ),
    trackStock: (productId: string, attributes: LevelInput, idempotencyKey?: string) =>
      ask(
        {
          method: 'POST',
          path: `${V1}/inventories`,
          body: { data: { type: 'inventories', id: productId, attributes } },
          idempotencyKey,
        },
        versioned(toLevel),
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
        versioned(toLevel),
      ),
    movements: (query: MovementQuery, { signal }: Options = {}) =>
      ask(
        {
          path: `${V1}/stock-movements`,
          query: {
            ...pageParameters(query),
            'filter[product]': query.productId,
            'filter[kind]': query.kind,
            'filter[purchase]': query.purchaseId,
            sort: query.sort,
          },
          signal,
        },
        list(toMovement),
      ),
    moveStock: (productId: string, input: MovementInput, idempotencyKey: string) =>
      ask(
        {
          method: 'POST',
          path: `${V1}/stock-movements`,
          body: { data: movementData(productId, input) },
          idempotencyKey,
        },
        settled(toMovement),
      ),

    // ------------------------------------------------------------ selling

    buy: (lines: readonly LineInput[], idempotencyKey: string) =>
      ask(
        {
          method: 'POST',
          path: `${V1}/purchases`,
          body: { data: { type: 'purchases', attributes: { lines } } },
          idempotencyKey,
        },
        settled(toPurchase),
      ),
    purchases: (query: Page & { sort?: string }, { signal }: Options = {}) =>
      ask(
        {
          path: `${V1}/purchases`,
          query: { ...pageParameters(query), sort: query.sort },
          signal,
        },
        list(toPurchase),
      ),
    purchase: (id: string, { signal }: Options = {}) =>
      ask({ path: `${V1}/purchases/${encodeURIComponent(id)}`, signal }, one(toPurchase)),
    hold: (lines: readonly LineInput[], expiresInSeconds: number, idempotencyKey: string) =>
      ask(
        {
          method: 'POST',
          path: `${V1}/reservations`,
          body: { data: { type: 'reservations', attributes: { lines, expiresInSeconds } } },
          idempotencyKey,
        },
        settled(toReservation),
      ),
    reservations: (query: Page & { status?: ReservationStatus }, { signal }: Options = {}) =>
      ask(
        {
          path: `${V1}/reservations`,
          query: { ...pageParameters(query), 'filter[status]': query.status },
          signal,
        },
        list(toReservation),
      ),
    reservation: (id: string, { signal }: Options = {}) =>
      ask({ path: `${V1}/reservations/${encodeURIComponent(id)}`, signal }, settled(toReservation)),
    confirmReservation: (id: string, idempotencyKey: string) =>
      ask(
        {
          method: 'PATCH',
          path: `${V1}/reservations/${encodeURIComponent(id)}`,
          body: { data: { type: 'reservations', id, attributes: { status: 'confirmed' } } },
          idempotencyKey,
        },
        settled(toReservation),
      ),
    extendReservation: (id: string, expiresInSeconds: number) =>
      ask(
        {
          method: 'PATCH',
          path: `${V1}/reservations/${encodeURIComponent(id)}`,
          body: { data: { type: 'reservations', id, attributes: { expiresInSeconds } } },
        },
        settled(toReservation),
      ),
    releaseReservation: (id: string) =>
      ask({ method: 'DELETE', path: `${V1}/reservations/${encodeURIComponent(id)}` }, () => null),

    // ------------------------------------------------------------ many changes at once

    /**
     * At most 1,000 changes of products, all or none. Answers the products that they left, in their
     * order.
     */
    operateProducts: (operations: readonly Operation[], more: Options = {}) =>
      ask(operationsRequest('product-operations', operations, more), (answer) =>
        resultsIn(answer.document).map(toProduct),
      ),
    /** At most 1,000 changes of stock, all or none. */
    operateStock: (operations: readonly Operation[], idempotencyKey: string, more: Options = {}) =>
      ask(
        { ...operationsRequest('stock-operations', operations, more), idempotencyKey },
        (answer) => resultsIn(answer.document).length,
      ),

    // ------------------------------------------------------------ operator

    audit: ({ signal }: Options = {}): Promise<Result<Audit>> =>
      ask({ path: `${V1}/audit`, timeoutMs: OPERATIONS_TIMEOUT_MS, signal }, one(toAudit)),

    // ------------------------------------------------------------ the gateway's own

    session: ({ signal }: Options = {}): Promise<Result<Session>> =>
      ask({ ...PLAIN, path: '/session', signal }, ({ document }) => toSession(document)),
    signIn: (password: string): Promise<Result<Session>> =>
      ask({ ...PLAIN, method: 'POST', path: '/session', body: { password } }, ({ document }) =>
        toSession(document),
      ),
    signOut: (): Promise<Result<null>> =>
      ask({ ...PLAIN, method: 'DELETE', path: '/session' }, () => null),
    health: ({ signal }: Options = {}): Promise<Result<Health>> =>
      ask({ ...PLAIN, path: '/health', signal }, ({ document }) => toHealth(document)),
  };
}

const PLAIN = { mediaType: 'application/json', isHarmless: true } as const;

function pageParameters({ number, size }: Page) {
  return { 'page[number]': number, 'page[size]': size };
}

function productParameters(query: ProductQuery): HttpRequest['query'] {
  return {
    ...pageParameters(query),
    'filter[search]': query.search,
    'filter[tags]': query.tag,
    'filter[price][gte]': query.minPrice,
    'filter[price][lte]': query.maxPrice,
    'filter[status]': query.status,
    sort: query.sort,
  };
}

function movementData(productId: string, input: MovementInput) {
  const { kind, quantity, reason } = input;
  const purchase =
    input.kind === 'return' ? { data: { type: 'purchases', id: input.purchaseId } } : undefined;
  return {
    type: 'stock-movements',
    attributes: { kind, quantity, ...(reason && { reason }) },
    relationships: {
      product: { data: { type: 'products', id: productId } },
      ...(purchase && { purchase }),
    },
  };
}

function operationsRequest(
  name: string,
  operations: readonly Operation[],
  { signal }: Options,
): HttpRequest {
  return {
    method: 'POST',
    path: `${V1}/${name}`,
    body: { 'atomic:operations': operations },
    mediaType: ATOMIC_MEDIA_TYPE,
    timeoutMs: OPERATIONS_TIMEOUT_MS,
    signal,
  };
}

function resultsIn(document: unknown): ResourceObject[] {
  const results = isJson(document) ? document['atomic:results'] : undefined;
  if (!Array.isArray(results)) throw new MalformedAnswer('no results');
  return results.map((result) => resourceIn(dataIn(result)));
}
