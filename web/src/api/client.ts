import { dataIn, isJson, listIn, MalformedAnswer, resourceIn, type ListOf } from './documents.ts';
import type { ResourceObject } from './documents.ts';
import type { Result } from './errors.ts';
import {
  ATOMIC_MEDIA_TYPE,
  createHttp,
  CURSOR_MEDIA_TYPE,
  readAnswer,
  type Answer,
  type HttpOptions,
  type HttpRequest,
} from './http.ts';
import { IDS_A_REQUEST, valueLists } from './value-lists.ts';

export const V1 = '/api/v1';
export const OPERATIONS_TIMEOUT_MS = 60_000;

export interface Options {
  readonly signal?: AbortSignal | undefined;
}

export interface Page {
  readonly number?: number;
  readonly size?: number;
}

interface Every extends Options {
  /** Filters and order; by id when left out. */
  readonly query?: HttpRequest['query'];
  readonly most?: number;
  readonly onPage?: (count: number) => void;
}

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

/** Makes an object of this app of a resource. */
type Reader<Item> = (resource: ResourceObject) => Item;

export const readOne =
  <Item>(to: Reader<Item>) =>
  ({ document }: Answer): Item =>
    to(resourceIn(dataIn(document)));

export const readVersioned =
  <Item>(to: Reader<Item>) =>
  (answer: Answer): Versioned<Item> => ({ value: readOne(to)(answer), etag: answer.etag });

export const readSettled =
  <Item>(to: Reader<Item>) =>
  (answer: Answer): Settled<Item> => ({
    value: readOne(to)(answer),
    isReplay: answer.isReplay,
    clockAheadMs: answer.clockAheadMs,
  });

export const readList =
  <Item>(to: Reader<Item>) =>
  ({ document }: Answer): ListOf<Item> =>
    listIn(document, to);

export type Client = ReturnType<typeof createClient>;

/** Sends requests, and reads what they answer. */
export function createClient(options: HttpOptions) {
  const http = createHttp(options);

  async function ask<Value>(request: HttpRequest, read: (answer: Answer) => Value) {
    return readAnswer(request, await http.send(request), read);
  }

  /** All that have one of many ids, asked for in slices that fit an address. */
  async function allById<Item>(
    path: string,
    filter: string,
    ids: readonly string[],
    to: Reader<Item>,
    { signal }: Options,
  ): Promise<Result<readonly Item[]>> {
    const items: Item[] = [];
    for (const slice of valueLists(ids)) {
      const query = { [filter]: slice, 'page[size]': IDS_A_REQUEST };
      const result = await ask({ path, query, signal }, readList(to));
      if (!result.ok) return result;
      items.push(...result.value.items);
    }
    return { ok: true, value: items };
  }

  /**
   * The items of a list, page after page by cursor: all of them, or about the first `most`.
   * `onPage` hears how many there are so far.
   */
  async function everyOne<Item>(
    path: string,
    to: Reader<Item>,
    { query = { sort: 'id' }, most = Infinity, signal, onPage }: Every,
  ): Promise<Result<readonly Item[]>> {
    const items: Item[] = [];
    let after: string | null = null;
    do {
      const page = { ...query, 'page[size]': 100, 'page[after]': after };
      const request: HttpRequest = { path, query: page, accept: CURSOR_MEDIA_TYPE, signal };
      const result: Result<ListOf<Item>> = await ask(request, readList(to));
      if (!result.ok) return result;
      items.push(...result.value.items);
      onPage?.(items.length);
      after = result.value.next;
    } while (after !== null && items.length < most);
    return { ok: true, value: items };
  }

  return { ask, allById, everyOne };
}

export function pageParameters({ number, size }: Page) {
  return { 'page[number]': number, 'page[size]': size };
}

/** One of a list of changes that happen together; see https://jsonapi.org/ext/atomic/ */
export interface Operation {
  readonly op: 'add' | 'update';
  readonly data: {
    readonly type: 'products' | 'inventories' | 'stock-movements';
    readonly id?: string;
    readonly attributes: object;
    readonly relationships?: object;
  };
}

export function operationsRequest(
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

/** The resources that a list of operations left, in its order. */
export function resultsIn(document: unknown): ResourceObject[] {
  const results = isJson(document) ? document['atomic:results'] : undefined;
  if (!Array.isArray(results)) throw new MalformedAnswer('no results');
  return results.map((result) => resourceIn(dataIn(result)));
}
