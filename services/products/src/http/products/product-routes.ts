import { ifMatchVersions, resourceRoutes } from '@anaquel/jsonapi';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createProduct } from '../../application/create-product.ts';
import { deleteProduct } from '../../application/delete-product.ts';
import { updateProduct, type Precondition } from '../../application/update-product.ts';
import type { Ports } from '../ports.ts';
import { errorResponses, refusalError } from '../problems.ts';
import { requireProductId } from '../product-id.ts';
import {
  ifMatchHeader,
  newProductBody,
  productInput,
  productUpdateBody,
  shopMeta,
} from './product-schemas.ts';
import { productList } from './product-list.ts';
import { productResource } from './product-resource.ts';
import { wordsOf } from '../search-filter.ts';
import { requireVisibleProduct, visibleFilters } from '../visibility.ts';

/** A client's `If-Match` as a rule about versions. */
function preconditionOf(header: string | undefined): Precondition {
  const versions = ifMatchVersions(header);
  return (version) => versions === null || versions.includes(version);
}

const listing = {
  config: { scope: 'products:read' },
  summary: 'List products',
  description:
    'Callers without `products:write` see active products only. A search finds products that hold each of its words, the first eight of more, in name, SKU, description, tags or barcodes, whatever the case and accents. A list that is filtered by more than the status counts up to 1,000: where there are more, `meta.page.totalIsCapped` is true, `meta.page.total` is 1000 and `links.last` is null, while `links.next` leads through all of them.',
  refusals: errorResponses('invalid-parameter', 'scope-missing'),
} as const;

/** Whose products they are. */
function shopOf({ shopId, defaultCurrency: currency }: Ports) {
  return { schema: shopMeta, value: async () => ({ shop: await shopId(), currency }) };
}

const creationProblems = errorResponses(
  'invalid-document',
  'client-generated-id',
  'read-only-attribute',
  'type-conflict',
  'sku-taken',
  'barcode-taken',
  'invalid-attribute',
  'unavailable',
  'outcome-unknown',
);

const updateProblems = errorResponses(
  'invalid-document',
  'not-found',
  'read-only-attribute',
  'type-conflict',
  'id-conflict',
  'sku-taken',
  'barcode-taken',
  'precondition-failed',
  'invalid-attribute',
  'currency-needs-price',
  'unavailable',
  'outcome-unknown',
);

const removalProblems = errorResponses(
  'not-found',
  'precondition-failed',
  'unavailable',
  'outcome-unknown',
);

/** Who changes a product, and which versions of it the `If-Match` allows. */
export function changeOf({ headers, caller }: FastifyRequest) {
  return { isExpected: preconditionOf(headers['if-match']), actor: caller.actor };
}

/** The canonical routes, below `/api/v1`. */
export function productRoutes(app: FastifyInstance, ports: Ports): void {
  const { store } = ports;
  resourceRoutes(app, productResource(ports.linkBases), {
    path: '/products',
    tags: ['Products'],
    origin: (request) => ports.linkBases(request).products,
    idExample: '1',
    list: {
      ...listing,
      declaration: productList,
      meta: shopOf(ports),
      run({ filters: declared, sort, page }, { caller }) {
        const { filters, words } = wordsOf(declared);
        return store.list({
          filters: visibleFilters(filters, caller),
          ...(words && { words }),
          sort,
          page,
        });
      },
    },
    read: {
      config: { scope: 'products:read' },
      summary: 'Read a product',
      description:
        'With `If-None-Match` and the ETag of the last answer, 304 when nothing has changed.',
      refusals: errorResponses('not-found'),
      run: (id, request) => requireVisibleProduct(store, requireProductId(id), request.caller),
    },
    create: {
      config: { scope: 'products:write' },
      summary: 'Create a product',
      refusals: creationProblems,
      body: newProductBody,
      async run({ attributes }, request) {
        const outcome = await createProduct(ports, productInput(attributes), request.caller.actor);
        if (!outcome.ok) throw refusalError(outcome.error);
        return outcome.value;
      },
    },
    update: {
      config: { scope: 'products:write' },
      summary: 'Change a product',
      description:
        'What is left out stays; null clears what is optional. With `If-Match` and an ETag, only that version is changed. A change that changes nothing keeps the version.',
      headers: ifMatchHeader,
      refusals: updateProblems,
      body: productUpdateBody,
      async run(id, { attributes }, request) {
        const change = { input: productInput(attributes), ...changeOf(request) };
        const outcome = await updateProduct(ports, requireProductId(id), change);
        if (!outcome.ok) throw refusalError(outcome.error);
        return outcome.value;
      },
    },
    remove: {
      config: { scope: 'products:write' },
      summary: 'Delete a product',
      idExample: '24',
      description:
        'Its id is never used again. With `If-Match` and an ETag, only that version is deleted.',
      headers: ifMatchHeader,
      refusals: removalProblems,
      async run(id, request) {
        const outcome = await deleteProduct(ports, requireProductId(id), changeOf(request));
        if (!outcome.ok) throw refusalError(outcome.error);
      },
    },
  });
}
