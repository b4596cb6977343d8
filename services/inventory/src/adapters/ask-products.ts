import type { Clock, HttpClient, NoAnswerReason } from '@anaquel/runtime';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import type { CatalogueProduct } from '../application/product-catalogue.ts';

const answerSchema = Compile(
  Type.Object({
    data: Type.Array(
      Type.Object({
        id: Type.String({ pattern: '^[1-9][0-9]{0,15}$' }),
        attributes: Type.Object({
          name: Type.String(),
          sku: Type.Union([Type.String(), Type.Null()]),
          status: Type.Union([
            Type.Literal('active'),
            Type.Literal('draft'),
            Type.Literal('archived'),
          ]),
          priceMinor: Type.Integer({ minimum: 0 }),
          currency: Type.String(),
          currencyDecimals: Type.Integer({ minimum: 0, maximum: 4 }),
        }),
      }),
    ),
  }),
);

export type ProductsAnswer =
  | { readonly ok: true; readonly products: ReadonlyMap<number, CatalogueProduct> }
  | {
      readonly ok: false;
      readonly reason: NoAnswerReason | 'refused' | 'defect';
      /** For the log, never for an answer. */
      readonly detail: string;
    };

export type AskProducts = (
  ids: readonly number[],
  options?: { once: boolean },
) => Promise<ProductsAnswer>;

/** One call to Products for some products, believed only when it has the shape that was agreed. Never rejects. */
export function createAskProducts(client: Pick<HttpClient, 'getJson'>, clock: Clock): AskProducts {
  return async (ids, options) => {
    try {
      const path = `/internal/products?filter[id]=${ids.join(',')}`;
      const answer = await client.getJson(path, options);
      if (!answer.ok) return answer;
      if (answer.status !== 200)
        return { ok: false, reason: 'refused', detail: refusalOf(answer.status) };
      if (!answerSchema.Check(answer.body))
        return { ok: false, reason: 'unusable', detail: 'an answer of another shape' };
      const asOf = clock().toISOString();
      const products = answer.body.data.map(({ id, attributes }) => {
        const { priceMinor: unitPrice, name, sku, status, currency, currencyDecimals } = attributes;
        const productId = Number(id);
        return { productId, name, sku, status, unitPrice, currency, currencyDecimals, asOf };
      });
      return { ok: true, products: new Map(products.map((one) => [one.productId, one])) };
    } catch (error) {
      return { ok: false, reason: 'defect', detail: String(error) };
    }
  };
}

function refusalOf(status: number): string {
  if (status === 401 || status === 403)
    return `Products answered ${status}: correct PRODUCTS_API_KEY, it must be a key of Products with the scope internal`;
  return `Products answered ${status}: correct PRODUCTS_BASE_URL, it must be the address of Products`;
}
