import {
  collectionSchema,
  dataDocument,
  jsonApiResponse,
  listQuery,
  resourceSchema,
} from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { productEvent } from '../application/product-event.ts';
import type { ProductStore } from '../application/product-store.ts';
import type { LinkBasesOf } from './link-bases.ts';
import { errorResponses } from './problems.ts';

const feedQuery = listQuery({ page: { style: 'after', defaultSize: 100, maxSize: 1_000 } });

const eventSchema = resourceSchema({
  type: 'product-events',
  attributes: Type.Object({
    position: Type.Integer({
      description: 'Counts up by one over all changes, in the order in which they happened.',
    }),
    event: Type.Object(
      {
        specversion: Type.Literal('1.0'),
        id: Type.String(),
        source: Type.String(),
        type: Type.String({
          description: '`product.created`, `product.updated` or `product.deleted`',
        }),
        subject: Type.String({ description: 'The id of the product.' }),
        time: Type.String({ format: 'date-time' }),
        datacontenttype: Type.Literal('application/json'),
        data: Type.Object(
          {},
          { description: 'The product after the change, its version, and who changed it.' },
        ),
      },
      { description: 'A CloudEvent 1.0.' },
    ),
  }),
});

/** The change log as a feed that can be read again from any position. Follow `links.next`; without one, ask again later from where you are. */
export function productEventRoutes(
  scope: FastifyInstance,
  { store, linkBases }: { store: ProductStore; linkBases: LinkBasesOf },
): void {
  const schema = {
    summary: 'Read the changes of products',
    description:
      'All changes after the position `page[after]`, oldest first. `links.next` is null at the end, and `meta.page.head` the newest position.',
    tags: ['Product events'],
    querystring: feedQuery.schema,
    response: {
      200: jsonApiResponse('A page of events.', collectionSchema(eventSchema)),
      ...errorResponses('invalid-parameter', 'key-required', 'scope-missing'),
    },
  };
  scope.get(
    '/product-events',
    { config: { scope: ['products:write', 'internal'] }, schema },
    async (request) => {
      const { page } = feedQuery.parse(request.query);
      const { changes, head } = await store.changesAfter(page.after, page.size);
      const data = changes.map((change) => ({
        type: 'product-events',
        id: `products/${change.position}`,
        attributes: { position: change.position, event: productEvent(change) },
      }));
      const base = `${linkBases(request).products}/api/v1/product-events`;
      const last = changes.at(-1)?.position ?? page.after;
      const next = last < head && changes.length > 0 ? pageLink(base, last, page.size) : null;
      return dataDocument(data, {
        links: { self: pageLink(base, page.after, page.size), next },
        meta: { page: { ...page, head } },
      });
    },
  );
}

function pageLink(base: string, after: number, size: number): string {
  return `${base}?page%5Bafter%5D=${after}&page%5Bsize%5D=${size}`;
}
