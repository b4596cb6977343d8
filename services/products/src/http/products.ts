import {
  assertBodyId,
  collectionSchema,
  dataDocument,
  dataSchema,
  etag,
  ifMatchVersions,
  ifNoneMatchHits,
  integers,
  jsonApiResponse,
  listQuery,
  noContentResponse,
  noQuery,
  numberedPageLinks,
  oneOf,
  text,
} from '@anaquel/jsonapi';
import type { Filter, ListPage } from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import { createProduct } from '../application/create-product.ts';
import { deleteProduct } from '../application/delete-product.ts';
import { productSorts } from '../application/product-store.ts';
import type { ProductFilterField } from '../application/product-store.ts';
import { updateProduct, type Precondition } from '../application/update-product.ts';
import { productStatuses } from '../domain/product.ts';
import type { Product } from '../domain/product.ts';
import type { Ports } from './ports.ts';
import { errorResponses, refusalError } from './problems.ts';
import { requireProductId } from './product-id.ts';
import {
  createProductBody,
  ifMatchHeader,
  ifNoneMatchHeader,
  idParameter,
  productInput,
  productResourceSchema,
  updateProductBody,
} from './product-schemas.ts';
import type { CreateProductBody, UpdateProductBody } from './product-schemas.ts';
import { productDocument, productResource } from './resources.ts';
import { searchFilter } from './search-filter.ts';
import { requireVisibleProduct, visibleStatus } from './visibility.ts';

const tags = ['Products'];
const one = dataSchema(productResourceSchema);

const productsQuery = listQuery({
  page: { style: 'number', defaultSize: 20, maxSize: 100 },
  sorts: productSorts,
  filters: {
    status: oneOf(productStatuses),
    sku: text(64),
    id: integers({ maxCount: 1_000 }),
    search: searchFilter,
  },
});

/** The canonical routes, below `/api/v1`. */
export function productRoutes(scope: FastifyInstance, ports: Ports): void {
  listRoute(scope, ports);
  createRoute(scope, ports);
  readRoute(scope, ports);
  updateRoute(scope, ports);
  deleteRoute(scope, ports);
}

/** A client's `If-Match` as a rule about versions. */
export function preconditionOf(header: string | undefined): Precondition {
  const versions = ifMatchVersions(header);
  return (version) => versions === null || versions.includes(version);
}

function listRoute(scope: FastifyInstance, ports: Ports): void {
  const schema = {
    summary: 'List products',
    description:
      'Callers without `products:write` see active products only. A search finds products that hold each of its words, at most eight, in name, SKU, description or tags, whatever the case and accents. It counts up to 1,000 of them: where there are more, `meta.page.totalIsCapped` is true, `meta.page.total` is 1000 and `links.last` is null, while `links.next` leads through all of them.',
    tags,
    querystring: productsQuery.schema,
    response: {
      200: jsonApiResponse('A page of products.', collectionSchema(productResourceSchema)),
      ...errorResponses('invalid-parameter', 'scope-missing'),
    },
  };
  scope.get('/products', { config: { scope: 'products:read' }, schema }, async (request) => {
    const { page, sort, filter } = productsQuery.parse(request.query);
    const visible = visibleStatus(request.caller, filter.status);
    const list =
      visible === null
        ? NOTHING
        : await ports.store.list({
            filters: [...visible, ...filtersOf(filter)],
            ...(filter.search !== undefined && { words: filter.search }),
            sort,
            page: { style: 'number', ...page },
          });
    const bases = ports.linkBases(request);
    const data = list.items.map((product) => productResource(product, bases));
    const { total, totalIsCapped } = list;
    return dataDocument(data, {
      links: listLinks(bases.products + request.url, page, list),
      meta: { total, page: { ...page, total, ...(totalIsCapped && { totalIsCapped }) } },
    });
  });
}

const NOTHING: ListPage<Product> = {
  items: [],
  total: 0,
  totalIsCapped: false,
  hasPrevious: false,
  hasNext: false,
};

function filtersOf({ sku, id }: { sku?: string; id?: number[] }): Filter<ProductFilterField>[] {
  return [
    ...(sku === undefined ? [] : [{ field: 'sku', operator: 'eq', value: sku } as const]),
    ...(id === undefined ? [] : [{ field: 'id', operator: 'in', value: id } as const]),
  ];
}

/** Where a list ends that was not counted to its end, nobody knows: such a list has no link to its last page. */
function listLinks(url: string, page: { number: number; size: number }, list: ListPage<Product>) {
  if (!list.totalIsCapped) return numberedPageLinks(url, { ...page, total: list.total });
  const known = (list.hasNext ? page.number + 1 : page.number) * page.size;
  return { ...numberedPageLinks(url, { ...page, total: known }), last: null };
}

function createRoute(scope: FastifyInstance, ports: Ports): void {
  const schema = {
    summary: 'Create a product',
    tags,
    body: createProductBody,
    response: {
      201: jsonApiResponse('The product, its address in `Location`.', one),
      ...errorResponses(
        'invalid-document',
        'client-generated-id',
        'type-conflict',
        'sku-taken',
        'invalid-attribute',
        'unavailable',
      ),
    },
  };
  scope.post(
    '/products',
    { config: { scope: 'products:write' }, schema },
    async (request, reply) => {
      noQuery.parse(request.query);
      const { data } = request.body as CreateProductBody;
      const outcome = await createProduct(
        ports,
        productInput(data.attributes),
        request.caller.actor,
      );
      if (!outcome.ok) throw refusalError(outcome.error);
      const bases = ports.linkBases(request);
      reply.code(201).header('location', productResource(outcome.value, bases).links.self);
      return productDocument(reply, outcome.value, bases);
    },
  );
}

function readRoute(scope: FastifyInstance, ports: Ports): void {
  const schema = {
    summary: 'Read a product',
    description:
      'With `If-None-Match` and the ETag of the last answer, 304 when nothing has changed.',
    tags,
    params: idParameter('1'),
    headers: ifNoneMatchHeader,
    response: {
      200: jsonApiResponse('The product.', one),
      304: noContentResponse('Unchanged.'),
      ...errorResponses('not-found'),
    },
  };
  scope.get(
    '/products/:id',
    { config: { scope: 'products:read' }, schema },
    async (request, reply) => {
      noQuery.parse(request.query);
      const product = await requireVisibleProduct(
        ports.store,
        requireProductId(request.params),
        request.caller,
      );
      const document = productDocument(reply, product, ports.linkBases(request));
      if (ifNoneMatchHits(request.headers['if-none-match'], etag(product.version)))
        return reply.code(304).send();
      return document;
    },
  );
}

function updateRoute(scope: FastifyInstance, ports: Ports): void {
  const schema = {
    summary: 'Change a product',
    description:
      'What is left out stays; null clears what is optional. With `If-Match` and an ETag, only that version is changed. A change that changes nothing keeps the version.',
    tags,
    params: idParameter('1'),
    headers: ifMatchHeader,
    body: updateProductBody,
    response: {
      200: jsonApiResponse('The product after the change.', one),
      ...errorResponses(
        'invalid-document',
        'not-found',
        'type-conflict',
        'id-conflict',
        'sku-taken',
        'precondition-failed',
        'invalid-attribute',
        'currency-needs-price',
        'unavailable',
      ),
    },
  };
  scope.patch(
    '/products/:id',
    { config: { scope: 'products:write' }, schema },
    async (request, reply) => {
      noQuery.parse(request.query);
      const id = requireProductId(request.params);
      const body = request.body as UpdateProductBody;
      assertBodyId(body, String(id));
      const outcome = await updateProduct(ports, id, {
        input: productInput(body.data.attributes),
        isExpected: preconditionOf(request.headers['if-match']),
        actor: request.caller.actor,
      });
      if (!outcome.ok) throw refusalError(outcome.error);
      return productDocument(reply, outcome.value, ports.linkBases(request));
    },
  );
}

function deleteRoute(scope: FastifyInstance, ports: Ports): void {
  const schema = {
    summary: 'Delete a product',
    description:
      'Its id is never used again. With `If-Match` and an ETag, only that version is deleted.',
    tags,
    params: idParameter('24'),
    headers: ifMatchHeader,
    response: {
      204: noContentResponse('Deleted.'),
      ...errorResponses('not-found', 'precondition-failed', 'unavailable'),
    },
  };
  scope.delete(
    '/products/:id',
    { config: { scope: 'products:write' }, schema },
    async (request, reply) => {
      noQuery.parse(request.query);
      const id = requireProductId(request.params);
      const outcome = await deleteProduct(ports, id, {
        isExpected: preconditionOf(request.headers['if-match']),
        actor: request.caller.actor,
      });
      if (!outcome.ok) throw refusalError(outcome.error);
      return reply.code(204).send();
    },
  );
}
