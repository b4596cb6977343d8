import { JsonApiError, protocolProblem } from '@anaquel/jsonapi';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ProductFilter } from '../../application/product-store.ts';
import type { Product } from '../../domain/product.ts';
import type { Ports } from '../ports.ts';
import { onlyVisible } from '../visibility.ts';
import { classicResource, documentation, plainProduct } from './classic-answers.ts';

const MAX_PAGE = 100;
const MAX_ARRAY = 500;

interface ListRoute {
  readonly Querystring: Readonly<Record<string, unknown>>;
}

export function listRoutes(app: FastifyInstance, { store }: Ports): void {
  const pageParameters = {
    querystring: Type.Object({
      limit: Type.Optional(Type.Integer()),
      offset: Type.Optional(Type.Integer()),
    }),
  };
  const config = { scope: 'products:read' } as const;
  async function pageFor(
    request: FastifyRequest<ListRoute>,
    defaultLimit: number,
    maxLimit: number,
  ) {
    const page = pageOf(request.query, defaultLimit, maxLimit);
    const filters = onlyVisible(request.caller);
    return { page, ...(await listFrom(store, filters, page)) };
  }

  app.get<ListRoute>(
    '/products',
    {
      config,
      schema: documentation(
        'List products',
        'A page, by limit and offset or by page and size.',
        pageParameters,
      ),
    },
    async (request) => {
      const { page, products, total } = await pageFor(request, 20, MAX_PAGE);
      const meta = { page: Math.floor(page.offset / page.limit) + 1, size: page.limit, total };
      return { data: products.map((product) => classicResource(product, request.caller)), meta };
    },
  );

  app.get<ListRoute>(
    '/products/',
    {
      config,
      schema: documentation('List products, plain', 'A plain list of products.', pageParameters, {
        body: Type.Array(Type.Object({})),
      }),
    },
    async (request) => {
      const { products } = await pageFor(request, MAX_ARRAY, MAX_ARRAY);
      return products.map((product) => plainProduct(product, request.caller));
    },
  );
}

/**
 * Lists come in pages; what starts in the midst of one is the end of it and the beginning of the
 * next.
 */
async function listFrom(
  store: Ports['store'],
  filters: readonly ProductFilter[],
  { limit, offset }: { limit: number; offset: number },
): Promise<{ products: readonly Product[]; total: number }> {
  const read = (number: number) =>
    store.list({ filters, sort: [], page: { style: 'number', number, size: limit } });
  const number = Math.floor(offset / limit) + 1;
  const skipped = offset % limit;
  const { items, total } = await read(number);
  if (skipped === 0) return { products: items, total };
  const next = await read(number + 1);
  return { products: [...items, ...next.items].slice(skipped, skipped + limit), total };
}

/**
 * By limit and offset (or skip), by page and size, or by page[number] and page[size]. More than the
 * most there is gives the most, and one without a value counts as not there: documents print
 * addresses so, and clients send them as printed.
 */
function pageOf(
  query: ListRoute['Querystring'],
  defaultLimit: number,
  maxLimit: number,
): { limit: number; offset: number } {
  const read = (names: string[], min: number): number | undefined => {
    const name = names.find((one) => query[one] !== undefined && query[one] !== '');
    if (name === undefined) return undefined;
    const number =
      typeof query[name] === 'string' && /^[0-9]{1,9}$/.test(query[name])
        ? Number(query[name])
        : -1;
    if (number >= min) return number;
    throw new JsonApiError(
      protocolProblem('invalid-parameter', `"${name}" must be a whole number of at least ${min}.`, {
        source: { parameter: name },
      }),
    );
  };
  const limit = Math.min(read(['limit', 'size', 'page[size]'], 1) ?? defaultLimit, maxLimit);
  const number = read(['page', 'page[number]'], 1) ?? 1;
  return { limit, offset: read(['offset', 'skip'], 0) ?? (number - 1) * limit };
}
