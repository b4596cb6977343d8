import { nullable, ONE_LINE } from '@anaquel/jsonapi';
import { Type } from 'typebox';
import type { Static, TSchema } from 'typebox';
import { MAX_PRICE } from '@anaquel/money';
import { MAX_BARCODES } from '../../domain/barcode.ts';
import { productStatuses } from '../../domain/product.ts';
import type { ProductInput, ProductStatus } from '../../domain/product.ts';

/** A name or the like, of `maxLength` characters at most. */
function line(maxLength: number, more: object = {}) {
  return Type.String({
    minLength: 1,
    maxLength,
    pattern: ONE_LINE,
    'x-text': 'line',
    'x-expects': `text of 1 to ${maxLength} characters on one line that shows something and has no characters that turn the direction of writing`,
    ...more,
  });
}

const name = line(200, { examples: ['Ceramic Mug'] });
const price = Type.Number({
  minimum: 0,
  maximum: MAX_PRICE,
  description: "In major units of the currency, with at most the currency's decimals.",
  examples: [14.5],
});

const FOR_WRITERS = 'Left out of answers to callers without `products:write`.';

/** One for each member of `ProductDetails`, and the currency. */
const optional = {
  sku: Type.Optional(
    nullable(
      line(64, {
        pattern: '^[!-~]+$',
        'x-expects': '1 to 64 visible ASCII characters without white space, or null',
        description: 'Unique among all products that are not deleted.',
      }),
    ),
  ),
  description: Type.Optional(nullable(Type.String({ maxLength: 5_000, 'x-text': 'prose' }))),
  currency: Type.Optional(
    Type.String({
      pattern: '^[A-Z]{3}$',
      'x-expects': 'a code of ISO 4217 such as "USD"',
      description: 'ISO 4217. Changing it requires `price` in the same request.',
      examples: ['USD'],
    }),
  ),
  status: Type.Optional(
    Type.Unsafe<ProductStatus>({
      type: 'string',
      enum: [...productStatuses],
      description: 'Only active products are sold, and shown to callers without `products:write`.',
    }),
  ),
  imageUrl: Type.Optional(
    nullable(
      Type.String({
        maxLength: 2_000,
        pattern: '^(?:https://[^\\s/?#@\\\\]+(?:[/?#][^\\s\\\\"<>]*)?|/(?![/\\\\])[^\\s\\\\"<>]*)$',
        'x-expects':
          'an address that starts with https://, or a path that starts with one "/", of at most 2000 characters, or null',
      }),
    ),
  ),
  tags: Type.Optional(
    nullable(
      Type.Array(line(50), {
        maxItems: 20,
        uniqueItems: true,
        'x-expects': 'a list of at most 20 different texts, or null',
      }),
    ),
  ),
  barcodes: Type.Optional(
    nullable(
      Type.Array(line(64), {
        maxItems: MAX_BARCODES,
        'x-expects': `a list of at most ${MAX_BARCODES} texts, or null`,
        description:
          'Each unique among all products that are not deleted. What has 8, 12, 13 or 14 digits is a GTIN: its check digit is verified, and it is kept in its shortest form, a UPC-A of 12 digits as the EAN-13 that begins with 0.',
        examples: [['4006381333931']],
      }),
    ),
  ),
  packSize: Type.Optional(
    nullable(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        description: 'The units of one pack: it is ordered in whole packs.',
        examples: [12],
      }),
    ),
  ),
  leadTimeDays: Type.Optional(
    nullable(
      Type.Integer({
        minimum: 0,
        maximum: 365,
        description: `From an order to its delivery. ${FOR_WRITERS}`,
        examples: [7],
      }),
    ),
  ),
  supplier: Type.Optional(
    nullable(line(200, { description: FOR_WRITERS, examples: ['Alfarería Sur'] })),
  ),
} satisfies Record<Exclude<keyof ProductInput, 'name' | 'price'>, TSchema>;

const created = Type.Object({ name, price, ...optional });
const updated = Type.Object({
  name: Type.Optional(name),
  price: Type.Optional(price),
  ...optional,
});

export const newProductBody = {
  attributes: created,
  example: {
    data: {
      type: 'products',
      attributes: {
        name: 'Ceramic Mug',
        description: 'Holds 350 ml.',
        price: 14.5,
        currency: 'USD',
        tags: ['kitchen'],
      },
    },
  },
};

export const productUpdateBody = {
  attributes: updated,
  example: { data: { type: 'products', id: '1', attributes: { price: 25.75 } } },
};

const dateTime = Type.String({ format: 'date-time' });

const { leadTimeDays, supplier, ...shown } = optional;

/** As they are answered. */
export const productAttributes = Type.Object({
  name,
  price,
  ...Type.Required(Type.Object(shown)).properties,
  leadTimeDays,
  supplier,
  createdAt: dateTime,
  updatedAt: dateTime,
});

/** What lists say of the shop. */
export const shopMeta = Type.Object({
  shop: Type.String({
    description:
      'The id of this shop, made once at random: the ids of products that are kept elsewhere mean something only together with it.',
    examples: ['5f1c0d5c9be04d0f9f0f8f2e3b6a7c11'],
  }),
  currency: Type.String({ description: 'Of products that name none.', examples: ['USD'] }),
});

/** Read by the routes, described here. */
export const ifMatchHeader = Type.Object({
  'if-match': Type.Optional(
    Type.String({ description: 'The ETag that the product must still have.' }),
  ),
});

export const idParameter = (example: string) =>
  Type.Object({ id: Type.String({ description: 'The id of a product.', examples: [example] }) });

type Attributes = Static<typeof updated>;

/** The names of all that a body may say of a product. */
export const inputNames = Object.keys(updated.properties) as (keyof Attributes)[];

const LISTS: ReadonlySet<string> = new Set(['tags', 'barcodes'] satisfies (keyof Attributes)[]);

/**
 * The attributes of a valid body as use cases take them: without foreign `@`-members, and
 * nothing in a list for null.
 */
export function productInput<Valid extends Attributes>(
  attributes: Valid,
): ProductInput & Pick<Valid, 'name' | 'price'> {
  const entries = inputNames
    .filter((key) => attributes[key] !== undefined)
    .map((key) => [key, attributes[key] ?? (LISTS.has(key) ? [] : null)]);
  // Only members of the schema above, so exactly what it allows.
  return Object.fromEntries(entries) as ProductInput & Pick<Valid, 'name' | 'price'>;
}
