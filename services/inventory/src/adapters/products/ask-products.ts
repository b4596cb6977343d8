import type { Clock, HttpClient, NoAnswerReason } from '@anaquel/runtime';
import Type, { type Static, type TObject } from 'typebox';
import { Compile } from 'typebox/compile';
import type { CatalogueProduct, ProductDescription } from '../../application/product-catalogue.ts';

const statusSchema = Type.Union([
  Type.Literal('active'),
  Type.Literal('draft'),
  Type.Literal('archived'),
]);
const nullableText = Type.Union([Type.String(), Type.Null()]);

/** What has to be known of a product to sell it. */
const snapshot = {
  name: Type.String(),
  sku: nullableText,
  status: statusSchema,
  priceMinor: Type.Integer({ minimum: 0 }),
  currency: Type.String(),
  currencyDecimals: Type.Integer({ minimum: 0, maximum: 4 }),
};
const { priceMinor: _priceMinor, currencyDecimals: _decimals, ...shownOfSnapshot } = snapshot;

/** All that Products shows of a product. */
const description = Type.Object({
  ...shownOfSnapshot,
  description: nullableText,
  price: Type.Number({ minimum: 0 }),
  imageUrl: nullableText,
  tags: Type.Array(Type.String()),
  createdAt: Type.String(),
  updatedAt: Type.String(),
});
type Description = Static<typeof description>;

function answerWith<Attributes extends TObject>(attributes: Attributes) {
  const product = Type.Object({ id: Type.String({ pattern: '^[1-9][0-9]{0,15}$' }), attributes });
  return Compile(Type.Object({ data: Type.Array(product) }));
}

const snapshots = answerWith(Type.Object(snapshot));
const descriptions = answerWith(description);

export type ProductsAnswer<Product> =
  | { readonly ok: true; readonly products: ReadonlyMap<number, Product> }
  | {
      readonly ok: false;
      /**
       * `refused`: whoever answers is not our Products; `rejected`: it is, and this one call was
       * wrong.
       */
      readonly reason: NoAnswerReason | 'refused' | 'rejected' | 'defect';
      /** For the log, never for an answer. */
      readonly detail: string;
    };

/**
 * Each is one call to Products for some products, believed only when it has the shape that was
 * agreed. None rejects.
 */
export interface AskProducts {
  snapshots(
    ids: readonly number[],
    options?: { once: boolean },
  ): Promise<ProductsAnswer<CatalogueProduct>>;
  descriptions(ids: readonly number[]): Promise<ProductsAnswer<ProductDescription>>;
}

export function createAskProducts(client: Pick<HttpClient, 'getJson'>, clock: Clock): AskProducts {
  async function ask<Answer, Product extends { readonly productId: number }>(
    ids: readonly number[],
    shape: { Check(body: unknown): body is { data: Answer[] } },
    read: (answer: Answer) => Product,
    options?: { once: boolean },
  ): Promise<ProductsAnswer<Product>> {
    try {
      const path = `/internal/products?filter[id]=${ids.join(',')}`;
      const answer = await client.getJson(path, options);
      if (!answer.ok) return answer;
      if (answer.status !== 200) return { ok: false, ...refusalOf(answer.status) };
      const { body } = answer;
      if (!shape.Check(body))
        return { ok: false, reason: 'unusable', detail: 'an answer of another shape' };
      const products = body.data.map(read);
      return { ok: true, products: new Map(products.map((one) => [one.productId, one])) };
    } catch (error) {
      return { ok: false, reason: 'defect', detail: String(error) };
    }
  }

  return {
    snapshots(ids, options) {
      const asOf = clock().toISOString();
      return ask(
        ids,
        snapshots,
        ({ id, attributes }) => {
          const { priceMinor: unitPrice, name, sku, currency, currencyDecimals } = attributes;
          const money = { unitPrice, currency, currencyDecimals };
          return { productId: Number(id), name, sku, status: attributes.status, ...money, asOf };
        },
        options,
      );
    },
    descriptions: (ids) =>
      ask(ids, descriptions, ({ id, attributes }) => {
        return { productId: Number(id), ...described(attributes) };
      }),
  };
}

/** What was agreed of an answer, which may hold more. */
function described(attributes: Description): Description {
  const names = Object.keys(description.properties) as (keyof Description)[];
  // Only members of the schema.
  return Object.fromEntries(names.map((name) => [name, attributes[name]])) as Description;
}

function refusalOf(status: number): { reason: 'refused' | 'rejected'; detail: string } {
  const answered = `Products answered ${status}`;
  if (status === 401 || status === 403 || status === 429) {
    const key = 'it must be a key of Products with the scope internal';
    return { reason: 'refused', detail: `${answered}: correct PRODUCTS_API_KEY, ${key}` };
  }
  if (status === 421) {
    const name = 'put the name in PRODUCTS_BASE_URL into ALLOWED_HOSTS of Products';
    return { reason: 'refused', detail: `${answered}: ${name}` };
  }
  // What is wrong with one call, as an address that is too long, would open the circuit for all
  // others.
  if (status === 400 || (status > 404 && status < 500))
    return { reason: 'rejected', detail: answered };
  const address = 'it must be the address of Products';
  return { reason: 'refused', detail: `${answered}: correct PRODUCTS_BASE_URL, ${address}` };
}
