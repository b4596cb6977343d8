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
import { resourceObject, type Selection } from './serialize.ts';

/** The addresses that every top-level `links` is made of. */
export interface Addresses {
  /** The origin that clients use, such as `https://shop.example`. */
  readonly origin: string;
  /** Path and query of the request. */
  readonly url: string;
}

/**
 * The OpenAPI document, which describes every address.
 * https://jsonapi.org/format/1.1/#document-links
 */
export const DESCRIPTION_PATH = '/openapi.json';

async function selectionFor(
  primary: readonly Included[],
  query: Pick<ResourceQuery, 'fields' | 'include'>,
  request: FastifyRequest,
): Promise<Selection> {
  const { fields, include } = query;
  return { fields, inclusion: include && (await findIncluded(primary, include, request)) };
}

function includedOf(selection: Selection, request: FastifyRequest): { included?: Resource[] } {
  const { inclusion } = selection;
  if (!inclusion) return {};
  return { included: inclusion.resources.map((one) => resourceObject(one, request, selection)) };
}

/** A document whose primary data is one resource or none, or a list that isn't paged. */
export async function resourceDocument<Model>(
  data: Included<Model> | readonly Included<Model>[] | null,
  query: Pick<ResourceQuery, 'fields' | 'include'>,
  { origin, self }: { readonly origin: string; readonly self: string },
  request: FastifyRequest,
): Promise<DataDocument> {
  const all = data === null ? [] : [data].flat();
  const selection = await selectionFor(all, query, request);
  const objects = all.map((one) => resourceObject(one, request, selection));
  return {
    jsonapi: JSONAPI_OBJECT,
    links: { self, describedby: origin + DESCRIPTION_PATH },
    data: Array.isArray(data) ? objects : (objects[0] ?? null),
    ...includedOf(selection, request),
  };
}

/** A page of a list as primary data. */
interface ResourcePage {
  readonly resource: AnyResourceType;
  readonly page: ListPage<unknown>;
  readonly query: ResourceQuery;
  readonly addresses: Addresses;
  /** Members of the document's `meta` beside the total and the page. */
  readonly meta?: object | undefined;
  readonly reply: FastifyReply;
}

/** A document whose primary data is a page of resources. */
export async function pageDocument(
  resourcePage: ResourcePage,
  request: FastifyRequest,
): Promise<object> {
  const { resource, page, query } = resourcePage;
  const primary = page.items.map((model) => ({ resource, model }));
  const selection = await selectionFor(primary, query, request);
  const data = primary.map((one) => resourceObject(one, request, selection));
  return { ...pageFrame(resourcePage, data), ...includedOf(selection, request) };
}

/** The resources that a linkage leads to. */
export interface LinkageTargets {
  /** Those that the document includes. */
  readonly models: readonly Included[];
  /** The relationships of theirs to include too; null when the query has no `include`. */
  readonly include: IncludeTree | null;
}

/**
 * A document whose primary data is linkage: of one resource, of several, or of none.
 * https://jsonapi.org/format/1.1/#fetching-relationships
 */
export async function linkageDocument(
  linkage: {
    readonly data: unknown;
    readonly targets: LinkageTargets;
    readonly fields: ResourceQuery['fields'];
    readonly links: object;
    readonly origin: string;
  },
  request: FastifyRequest,
): Promise<object> {
  const { data, targets, fields, links, origin } = linkage;
  return {
    jsonapi: JSONAPI_OBJECT,
    links: { ...links, describedby: origin + DESCRIPTION_PATH },
    data,
    ...(await includedTargets(targets, fields, request)),
  };
}

/** A document whose primary data is a page of linkage. */
export async function linkagePageDocument(
  linkagePage: ResourcePage & { readonly targets: LinkageTargets; readonly related: string },
  request: FastifyRequest,
): Promise<object> {
  const { resource, page, query, targets, related } = linkagePage;
  const data = page.items.map((model) => {
    return { type: resource.type, id: resource.id(model) };
  });
  const included = await includedTargets(targets, query.fields, request);
  return { ...pageFrame(linkagePage, data, { related }), ...included };
}

async function includedTargets(
  { models, include }: LinkageTargets,
  fields: ResourceQuery['fields'],
  request: FastifyRequest,
): Promise<{ included?: Resource[] }> {
  if (!include) return {};
  const inclusion = await findIncluded(models, include, request, { sendsStart: true });
  return includedOf({ fields, inclusion }, request);
}

/** A page's document without its included resources. */
function pageFrame(
  { page, query, addresses, reply, meta }: ResourcePage,
  data: readonly ResourceIdentifier[],
  more: { related?: string } = {},
): object {
  const { list } = query;
  const byCursor = list.page.style === 'cursor';
  if (byCursor) reply.jsonApiMediaType = mediaTypeWith('profile', CURSOR_PROFILE);
  const total = { total: page.total, ...(page.totalIsCapped && { totalIsCapped: true }) };
  const { style: _, ...numbering } = list.page;
  const pageMeta = byCursor ? { size: list.page.size } : numbering;
  return {
    jsonapi: byCursor ? BY_CURSOR : JSONAPI_OBJECT,
    links: {
      ...pageLinks(addresses, list, page),
      ...more,
      describedby: addresses.origin + DESCRIPTION_PATH,
    },
    data: byCursor ? withCursors(data, list, page) : data,
    meta: { total: page.total, page: { ...pageMeta, ...total }, ...meta },
  };
}

interface ResourceIdentifier {
  readonly type: string;
  readonly id: string;
}

const BY_CURSOR = { ...JSONAPI_OBJECT, profile: [CURSOR_PROFILE] };

function withCursors(
  data: readonly ResourceIdentifier[],
  { sort }: ListRequest,
  { positions = [] }: ListPage<unknown>,
): object[] {
  return data.map((one, index) => {
    const cursor = writeCursor(positions[index] ?? [], sort);
    return { ...one, meta: { page: { cursor } } };
  });
}

function pageLinks(
  { origin, url: path }: Addresses,
  { page: request, sort }: ListRequest,
  page: ListPage<unknown>,
): object {
  const url = origin + path;
  if (request.style === 'cursor') {
    const { positions = [] } = page;
    const [first, last] = [positions[0], positions.at(-1)];
    const type = mediaTypeWith('profile', CURSOR_PROFILE);
    return {
      self: { href: url, type },
      ...cursorPageLinks(url, {
        size: request.size,
        before: page.hasPrevious && first ? writeCursor(first, sort) : null,
        after: page.hasNext && last ? writeCursor(last, sort) : null,
      }),
    };
  }
  const { number, size } = request;
  if (!page.totalIsCapped) return numberedPageLinks(url, { number, size, total: page.total });
  // The last page is unknown: the count stopped before the end of the list.
  const total = (page.hasNext ? number + 1 : number) * size;
  return { ...numberedPageLinks(url, { number, size, total }), last: null };
}
