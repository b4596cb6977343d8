import { JsonApiError, normalText, protocolProblem, resourceRoutes } from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import type { Ports } from '../ports.ts';
import { errorResponses } from '../problems.ts';
import { productTagList } from './product-tag-list.ts';
import { productTagResource } from './product-tag-resource.ts';
import { wordsOf } from '../search-filter.ts';
import { visibleTags } from '../visibility.ts';

/** The tags that products have, below `/api/v1`. */
export function productTagRoutes(app: FastifyInstance, { tags, linkBases }: Ports): void {
  resourceRoutes(app, productTagResource(linkBases), {
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
      declaration: productTagList,
      run({ filters, sort, page }, { caller }) {
        const { filters: others, words } = wordsOf(filters);
        const status = others.find((filter) => filter.field === 'status');
        return tags.list(
          {
            filters: others.filter((filter) => filter.field !== 'status'),
            ...(words && { words }),
            sort,
            page,
          },
          status?.value ?? visibleTags(caller),
        );
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
