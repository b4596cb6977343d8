import type { FastifyReply } from 'fastify';
import type { ListPage, ListRequest } from '../declarations/list-request.ts';
import type { AnyResourceType } from '../declarations/resource-type.ts';
import { JSONAPI_OBJECT } from '../http/jsonapi-object.ts';
import { mediaTypeWith } from '../http/media-type.ts';
import { CURSOR_PROFILE, writeCursor } from '../queries/cursors.ts';
import type { ResourceQuery } from '../queries/resource-query.ts';
import { cursorPageLinks, numberedPageLinks } from './page-links.ts';

/**
 * The OpenAPI document, which describes every address.
 * https://jsonapi.org/format/1.1/#document-links
 */
export const DESCRIPTION_PATH = '/openapi.json';

/** The addresses that every top-level `links` is made of. */
interface Addresses {
  /** The origin that clients use, such as `https://shop.example`. */
  readonly origin: string;
  /** Path and query of the request. */
  readonly url: string;
}

/** A page of a list as primary data. */
export interface ResourcePage {
  readonly resource: AnyResourceType;
  readonly page: ListPage<unknown>;
  readonly query: ResourceQuery;
  readonly addresses: Addresses;
  /** Members of the document's `meta` beside the total and the page. */
  readonly meta?: object | undefined;
  readonly reply: FastifyReply;
}

interface PageFrame {
  readonly jsonapi: object;
  readonly links: object;
  readonly data: readonly object[];
  readonly meta: object;
}

/** A page's document without its included resources. */
export function pageFrame(
  { page, query, addresses, reply, meta }: ResourcePage,
  data: readonly ResourceIdentifier[],
  more: { related?: string } = {},
): PageFrame {
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
