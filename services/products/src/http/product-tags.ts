import {
  JsonApiError,
  number,
  protocolProblem,
  resourceRoutes,
  text,
  type ListDeclaration,
  type ListRequest,
} from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import {
  productTagSorts,
  type ProductTagFilterField,
  type ProductTagListRequest,
} from '../application/product-tags.ts';
import type { Ports } from './ports.ts';
import { errorResponses } from './problems.ts';
import { productTagResource } from './resources.ts';
import { searchFilter, wordsOf } from './search-filter.ts';
import { visibleTags } from './visibility.ts';

const declaration: ListDeclaration = {
  filters: {
    name: text(50),
    productCount: number(),
    search: searchFilter,
  } satisfies Record<ProductTagFilterField | 'search', unknown>,
  sorts: productTagSorts,
  defaultSort: [
    { field: 'productCount', descending: true },
    { field: 'name', descending: false },
  ],
};

/** The tags that products have, below `/api/v1`. */
export function productTagRoutes(scope: FastifyInstance, { tags, linkBases }: Ports): void {
  resourceRoutes(scope, productTagResource(linkBases), {
    path: '/product-tags',
    tags: ['Products'],
    origin: (request) => linkBases(request).products,
    idExample: 'kitchen',
    list: {
      config: { scope: 'products:read' },
      summary: 'List the tags of products',
      description:
        'Those that most products have come first. Callers without `products:write` are told of active products only. A search finds tags that hold each of its words, whatever the case and accents.',
      refusals: errorResponses('invalid-parameter', 'scope-missing'),
      declaration,
      run: (list, request) => tags.list(requestOf(list), visibleTags(request.caller)),
    },
    read: {
      config: { scope: 'products:read' },
      summary: 'Read a tag',
      refusals: errorResponses('not-found'),
      async run(id, request) {
        const tag = await tags.find(id, visibleTags(request.caller));
        if (tag) return tag;
        throw new JsonApiError(protocolProblem('not-found', 'No product has this tag.'));
      },
    },
  });
}

function requestOf({ filters, ...list }: ListRequest): ProductTagListRequest {
  // The declaration above names the fields, so they are these.
  return { ...list, ...wordsOf(filters) } as ProductTagListRequest;
}
