import {
  dataDocument,
  idList,
  JsonApiError,
  noQuery,
  plainQuery,
  protocolProblem,
} from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import { Type, type Static, type TSchema } from 'typebox';
import { productView } from '../application/product-view.ts';
import { decimalsOf } from '../domain/product.ts';
import type { Product } from '../domain/product.ts';
import { classicDocument } from './classic/classic-answers.ts';
import type { Ports } from './ports.ts';
import { productNotFound } from './problems.ts';
import { requireProductId, type IdParams } from './product-id.ts';
import { idParameter, productAttributes } from './products/product-schemas.ts';

const MAX_IDS = 1_000;

const idsParameter = idList(MAX_IDS);
const idsQuery = plainQuery({ 'filter[id]': idsParameter });

/** What other services read is declared here; tools/test/contracts.test.ts holds them to it. */
const internalProduct = Type.Object({
  type: Type.Literal('products'),
  id: Type.String(),
  attributes: Type.Object({
    ...productAttributes.properties,
    priceMinor: Type.Integer({ description: 'The price in minor units of the currency.' }),
    currencyDecimals: Type.Integer({ description: 'The digits of a minor unit.' }),
    version: Type.Integer(),
  }),
});

/**
 * For other services: products in any status, with exact amounts. Outside the JSON:API media-type
 * rules.
 */
export function internalRoutes(app: FastifyInstance, { store }: Ports): void {
  const json = (description: string, schema: TSchema) => ({
    description,
    content: { 'application/json': { schema } },
  });
  const listSchema = {
    summary: 'Look up products by id',
    description: `At most ${MAX_IDS} ids. Answers those that exist, in any status.`,
    tags: ['Internal'],
    querystring: Type.Object({ 'filter[id]': idsParameter.schema }),
    response: {
      200: json('The products that exist.', Type.Object({ data: Type.Array(internalProduct) })),
    },
  };
  app.get(
    '/internal/products',
    { config: { scope: 'internal' }, schema: listSchema },
    async (request) => {
      const { 'filter[id]': ids } = idsQuery.parse(request.query);
      if (ids === undefined) {
        const detail = `Name the products: filter[id]=1,2 (at most ${MAX_IDS}).`;
        throw new JsonApiError(
          protocolProblem('invalid-parameter', detail, { source: { parameter: 'filter[id]' } }),
        );
      }
      const products = await store.findAll(ids);
      return dataDocument(products.map(internalResource));
    },
  );

  const oneSchema = {
    summary: 'Look up a product',
    description: 'In any status, in the form of the classic API.',
    tags: ['Internal'],
    params: idParameter('1'),
    response: { 200: json('The product.', Type.Object({})) },
  };
  app.get(
    '/internal/products/:id',
    { config: { scope: 'internal' }, schema: oneSchema },
    async (request) => {
      noQuery.parse(request.query);
      const product = await store.find(requireProductId((request.params as IdParams).id));
      if (product === undefined) throw new JsonApiError(productNotFound());
      return classicDocument(product, request.caller);
    },
  );
}

function internalResource(product: Product): Static<typeof internalProduct> {
  const { id, priceMinor, currency, version } = product;
  const view = productView(product);
  return {
    type: 'products',
    id: String(id),
    attributes: {
      ...view,
      tags: [...view.tags],
      barcodes: [...view.barcodes],
      priceMinor,
      currencyDecimals: decimalsOf(currency),
      version,
    },
  };
}
