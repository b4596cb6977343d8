import type { FastifyReply, FastifyRequest } from 'fastify';
import { CURSOR_PROFILE, writeCursor } from '../queries/cursors.ts';
import { JSONAPI_OBJECT } from '../http/jsonapi-object.ts';
import type { DataDocument, Resource } from './documents.ts';
import { findIncluded, type Included } from './inclusion.ts';
import type { ListPage, ListRequest } from '../declarations/list-request.ts';
import { mediaTypeWith } from '../http/media-type.ts';
import { cursorPageLinks, numberedPageLinks } from './page-links.ts';
import type { IncludeTree } from '../queries/include-paths.ts';
import type { ResourceQuery } from '../queries/resource-query.ts';
import type { AnyResourceType } from '../declarations/resource-type.ts';
import { resourceObject, type Shown } from './serialize.ts';

/** What every top-level `links` needs to know. */
export interface Addresses {
  /** The origin that clients use, such as `https://shop.example`. */
  readonly origin: string;
  /** Path and query as they were asked for. */
  readonly asked: string;
}

/**
 * The OpenAPI document, which describes every address.
 * https://jsonapi.org/format/1.1/#document-links
 */
export const DESCRIPTION_PATH = '/openapi.json';

async function shownFor(
  primary: readonly Included[],
  query: Pick<ResourceQuery, 'fields' | 'include'>,
  request: FastifyRequest,
): Promise<Shown> {
  const { fields, include } = query;
  return { fields, inclusion: include && (await findIncluded(primary, include, request)) };
}

function includedOf(shown: Shown, request: FastifyRequest): { included?: Resource[] } {
  if (!shown.inclusion) return {};
  return { included: shown.inclusion.resources.map((one) => resourceObject(one, request, shown)) };
}

/** A document whose primary data is one resource or none, or a list that isn't paged. */
export async function resourceDocument<Model>(
  data: Included<Model> | readonly Included<Model>[] | null,
  query: Pick<ResourceQuery, 'fields' | 'include'>,
  { origin, self }: { readonly origin: string; readonly self: string },
  request: FastifyRequest,
): Promise<DataDocument> {
  const all = data === null ? [] : [data].flat();
  const shown = await shownFor(all, query, request);
  const objects = all.map((one) => resourceObject(one, request, shown));
  return {
    jsonapi: JSONAPI_OBJECT,
    links: { self, describedby: origin + DESCRIPTION_PATH },
    data: Array.isArray(data) ? objects : (objects[0] ?? null),
    ...includedOf(shown, request),
  };
}

/** Primary data that is a page of a list: how each item is shown, and where it stands. */
interface PageOf {
  readonly resource: AnyResourceType;
  readonly page: ListPage<unknown>;
  readonly query: ResourceQuery;
  readonly addresses: Addresses;
  /** Of the whole, beside the total and the page. */
  readonly meta?: object | undefined;
  readonly reply: FastifyReply;
}

/** A document whose primary data is a page of resources. */
export async function pageDocument(of: PageOf, request: FastifyRequest): Promise<object> {
  const { resource, page, query } = of;
  const primary = page.items.map((model) => ({ resource, model }));
  const shown = await shownFor(primary, query, request);
  const data = primary.map((one) => resourceObject(one, request, shown));
  return { ...pageFrame(of, data), ...includedOf(shown, request) };
}

/**
 * What the linkage of an answer leads to, as far as it is to be sent along, and what is asked for
 * behind it: null when nothing was said of it.
 */
export interface Ends {
  readonly models: readonly Included[];
  readonly include: IncludeTree | null;
}

/**
 * A document whose primary data is linkage: of one resource, of several, or of none.
 * https://jsonapi.org/format/1.1/#fetching-relationships
 */
export async function linkageDocument(
  of: {
    readonly data: unknown;
    readonly ends: Ends;
    readonly fields: ResourceQuery['fields'];
    readonly links: object;
    readonly origin: string;
  },
  request: FastifyRequest,
): Promise<object> {
  const { data, ends, fields, links, origin } = of;
  return {
    jsonapi: JSONAPI_OBJECT,
    links: { ...links, describedby: origin + DESCRIPTION_PATH },
    data,
    ...(await includedBehind(ends, fields, request)),
  };
}

/** A document whose primary data is a page of linkage. */
export async function linkagePageDocument(
  of: PageOf & { readonly ends: Ends; readonly related: string },
  request: FastifyRequest,
): Promise<object> {
  const { resource, page, query, ends, related } = of;
  const data = page.items.map((model) => {
    return { type: resource.type, id: resource.id(model) };
  });
  const included = await includedBehind(ends, query.fields, request);
  return { ...pageFrame(of, data, { related }), ...included };
}

async function includedBehind(
  { models, include }: Ends,
  fields: ResourceQuery['fields'],
  request: FastifyRequest,
): Promise<{ included?: Resource[] }> {
  if (!include) return {};
  const inclusion = await findIncluded(models, include, request, { sendsStart: true });
  return includedOf({ fields, inclusion }, request);
}

/** All of a page's document but what is sent along. */
function pageFrame(
  { page, query, addresses, reply, meta }: PageOf,
  data: readonly Identified[],
  more: { related?: string } = {},
): object {
  const { list } = query;
  const byCursor = list.page.style === 'cursor';
  if (byCursor) reply.jsonApiMediaType = mediaTypeWith('profile', CURSOR_PROFILE);
  const total = { total: page.total, ...(page.totalIsCapped && { totalIsCapped: true }) };
  const { style: _, ...asked } = list.page;
  const described = byCursor ? { size: list.page.size } : asked;
  return {
    jsonapi: byCursor ? BY_CURSOR : JSONAPI_OBJECT,
    links: {
      ...pageLinks(addresses, list, page),
      ...more,
      describedby: addresses.origin + DESCRIPTION_PATH,
    },
    data: byCursor ? withCursors(data, list, page) : data,
    meta: { total: page.total, page: { ...described, ...total }, ...meta },
  };
}

interface Identified {
  readonly type: string;
  readonly id: string;
}

const BY_CURSOR = { ...JSONAPI_OBJECT, profile: [CURSOR_PROFILE] };

function withCursors(
  data: readonly Identified[],
  { sort }: ListRequest,
  { positions = [] }: ListPage<unknown>,
): object[] {
  return data.map((one, index) => {
    const cursor = writeCursor(positions[index] ?? [], sort);
    return { ...one, meta: { page: { cursor } } };
  });
}

function pageLinks(
  { origin, asked }: Addresses,
  { page: wanted, sort }: ListRequest,
  page: ListPage<unknown>,
): object {
  const url = origin + asked;
  if (wanted.style === 'cursor') {
    const { positions = [] } = page;
    const [first, last] = [positions[0], positions.at(-1)];
    const type = mediaTypeWith('profile', CURSOR_PROFILE);
    return {
      self: { href: url, type },
      ...cursorPageLinks(url, {
        size: wanted.size,
        before: page.hasPrevious && first ? writeCursor(first, sort) : null,
        after: page.hasNext && last ? writeCursor(last, sort) : null,
      }),
    };
  }
  const { number, size } = wanted;
  if (!page.totalIsCapped) return numberedPageLinks(url, { number, size, total: page.total });
  // Where a list ends that was not counted to its end, nobody knows.
  const known = (page.hasNext ? number + 1 : number) * size;
  return { ...numberedPageLinks(url, { number, size, total: known }), last: null };
}
