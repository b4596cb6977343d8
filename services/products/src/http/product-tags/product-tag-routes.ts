import {
  JsonApiError,
  normalText,
  number,
  oneOf,
  protocolProblem,
  resourceRoutes,
  text,
  type FilterKind,
  type ListDeclaration,
  type ListRequest,
} from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import {
  productTagSorts,
  type ProductTagFilterField,
  type ProductTagListRequest,
  type TagVisibility,
} from '../../application/product-tags.ts';
import type { Ports } from '../ports.ts';
import { errorResponses } from '../problems.ts';
import { productTagResource } from './product-tag-resource.ts';
import { searchFilter, wordsOf } from '../search-filter.ts';
import { visibleTags } from '../visibility.ts';

const onlyActive: FilterKind = { ...oneOf(['active']), operators: ['eq'] };

const declaration: ListDeclaration = {
  filters: {
    name: text(50),
    productCount: number(),
    search: searchFilter,
    status: onlyActive,
  } satisfies Record<ProductTagFilterField | 'search' | 'status', unknown>,
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
        'Those that most products have come first. Callers without `products:write` are told of active products only, and others with `filter[status]=active`. A search finds tags that hold each of its words, whatever the case and accents.',
      refusals: errorResponses('invalid-parameter', 'scope-missing'),
      declaration,
      run(list, request) {
        const { status, ...asked } = requestOf(list);
        return tags.list(asked, status ?? visibleTags(request.caller));
      },
    },
    read: {
      config: { scope: 'products:read' },
      summary: 'Read a tag',
      refusals: errorResponses('not-found'),
      async run(id, request) {
        const tag = await tags.find(normalText(id), visibleTags(request.caller));
        if (tag) return tag;
        throw new JsonApiError(protocolProblem('not-found', 'No product has this tag.'));
      },
    },
  });
}

function requestOf(list: ListRequest): ProductTagListRequest & { readonly status?: TagVisibility } {
  const { filters, words } = wordsOf(list.filters);
  const status = filters.find(({ field }) => field === 'status');
  // The declaration above names the fields, so they are these.
  return {
    ...list,
    filters: filters.filter((filter) => filter !== status),
    ...(words && { words }),
    ...(status && { status: status.value }),
  } as ProductTagListRequest & { readonly status?: TagVisibility };
}
