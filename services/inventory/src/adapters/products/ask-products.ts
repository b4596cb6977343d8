import type { Clock, HttpClient, NoAnswerReason, TryOptions } from '@anaquel/runtime';
import Type, { type Static, type TObject } from 'typebox';
import { Compile } from 'typebox/schema';
import type { CatalogueProduct, ProductDescription } from '../../application/product-catalogue.ts';

/** Even of the longest products, they are less than an answer may have. */
const EVENTS_A_CALL = 100;

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
  barcodes: Type.Array(Type.String()),
  packSize: Type.Union([Type.Integer(), Type.Null()]),
  createdAt: Type.String(),
  updatedAt: Type.String(),
});
type Description = Static<typeof description>;

const productId = Type.String({ pattern: '^[1-9][0-9]{0,15}$' });
const versionSchema = Type.Integer({ minimum: 1 });

function listOf<Attributes extends TObject>(attributes: Attributes) {
  return Type.Object({ data: Type.Array(Type.Object({ id: productId, attributes })) });
}

const snapshots = Compile(listOf(Type.Object({ ...snapshot, version: versionSchema })));
const descriptions = Compile(listOf(description));

const position = Type.Integer({ minimum: 0 });
const event = Type.Object({
  id: Type.String(),
  source: Type.String(),
  time: Type.String(),
  subject: productId,
  data: Type.Object({ version: versionSchema }),
});
const loggedEvent = Type.Object({ position, event });
type LoggedEvent = Static<typeof loggedEvent>;
const eventPage = Compile(
  Type.Object({
    data: Type.Array(Type.Object({ attributes: loggedEvent })),
    meta: Type.Object({ page: Type.Object({ head: position }) }),
  }),
);

/** Names a state of a product: the higher version is the later one. */
export interface ProductVersion {
  readonly productId: number;
  readonly version: number;
}

export interface VersionedProduct extends CatalogueProduct, ProductVersion {}

export interface ProductEvent extends ProductVersion {
  readonly position: number;
  /** No event of another log has the same. */
  readonly identity: string;
}

export interface NoProductsAnswer {
  readonly ok: false;
  /**
   * `refused`: whoever answers is not our Products; `rejected`: it is, and this one call was
   * wrong.
   */
  readonly reason: NoAnswerReason | 'refused' | 'rejected' | 'defect';
  /** For the log, never for an answer. */
  readonly detail: string;
}

export type ProductsAnswer<Product> =
  | { readonly ok: true; readonly products: ReadonlyMap<number, Product> }
  | NoProductsAnswer;

export type EventsAnswer =
  | {
      readonly ok: true;
      /** In the order of their positions, one for each. */
      readonly events: readonly ProductEvent[];
      /** The position of the newest event there is; 0 when there is none. */
      readonly head: number;
    }
  | NoProductsAnswer;

/**
 * Each is one call to Products, believed only when it has the shape that was agreed. None rejects.
 */
export interface AskProducts {
  snapshots(
    ids: readonly number[],
    options?: TryOptions,
  ): Promise<ProductsAnswer<VersionedProduct>>;
  descriptions(
    ids: readonly number[],
    options?: TryOptions,
  ): Promise<ProductsAnswer<ProductDescription>>;
  /** The first 100 events after a position of the feed of changes. It is not tried again. */
  eventsAfter(position: number): Promise<EventsAnswer>;
}

export function createAskProducts(client: Pick<HttpClient, 'getJson'>, clock: Clock): AskProducts {
  async function ask<Body, Answer>(
    path: string,
    shape: { Check(body: unknown): body is Body },
    read: (body: Body) => Answer,
    options?: TryOptions,
  ): Promise<Answer | NoProductsAnswer> {
    try {
      const answer = await client.getJson(path, options);
      if (!answer.ok) return answer;
      if (answer.status !== 200) return { ok: false, ...refusalOf(answer.status) };
      const { body } = answer;
      if (!shape.Check(body))
        return { ok: false, reason: 'unusable', detail: 'an answer of another shape' };
      return read(body);
    } catch (error) {
      return { ok: false, reason: 'defect', detail: String(error) };
    }
  }

  return {
    snapshots(ids, options) {
      const asOf = clock().toISOString();
      return ask(
        addressOf(ids),
        snapshots,
        ({ data }) =>
          foundAmong(data, ({ id, attributes }) => {
            const { name, sku, status, priceMinor: unitPrice, version } = attributes;
            const { currency, currencyDecimals } = attributes;
            const money = { unitPrice, currency, currencyDecimals };
            return { productId: Number(id), name, sku, status, ...money, asOf, version };
          }),
        options,
      );
    },
    descriptions: (ids, options) =>
      ask(
        addressOf(ids),
        descriptions,
        ({ data }) =>
          foundAmong(data, ({ id, attributes }) => {
            return { productId: Number(id), ...described(attributes) };
          }),
        options,
      ),
    eventsAfter: (after) =>
      ask(
        `/api/v1/product-events?page[after]=${after}&page[size]=${EVENTS_A_CALL}`,
        eventPage,
        ({ data, meta }) => ({
          ok: true as const,
          events: firstEvents(data.map(({ attributes }) => eventOf(attributes))),
          head: meta.page.head,
        }),
        { once: true },
      ),
  };
}

function addressOf(ids: readonly number[]): string {
  return `/internal/products?filter[id]=${ids.join(',')}`;
}

function foundAmong<Resource, Product extends { readonly productId: number }>(
  data: readonly Resource[],
  read: (resource: Resource) => Product,
) {
  const products = data.map(read).map((product) => [product.productId, product] as const);
  return { ok: true as const, products: new Map(products) };
}

function eventOf({ position: place, event: { id, source, time, subject, data } }: LoggedEvent) {
  const identity = `${source} ${id} ${time}`;
  return { position: place, identity, productId: Number(subject), version: data.version };
}

/** One position may have several events: one for the change, and more for what it means. */
function firstEvents(events: readonly ProductEvent[]): ProductEvent[] {
  return events.filter(({ position: place }, index) => place !== events[index - 1]?.position);
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
