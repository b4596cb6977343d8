import {
  readList,
  operationsRequest,
  pageParameters,
  resultsIn,
  V1,
  readVersioned,
  type Client,
  type Operation,
  type Options,
  type Page,
} from './client.ts';
import { isJson, reader, resourceOf, type ResourceObject } from './documents.ts';
import type { HttpRequest } from './http.ts';

export const productStatuses = ['active', 'draft', 'archived'] as const;
export type ProductStatus = (typeof productStatuses)[number];

/** Of all products. */
export interface ShopIdentity {
  readonly id: string;
  /** Of products that name none. */
  readonly currency: string;
}

export interface ProductTag {
  readonly name: string;
  readonly productCount: number;
}

export interface ProductQuery extends Page {
  readonly search?: string;
  readonly tag?: string;
  /** The one product that has it, in whichever form a GTIN is written. */
  readonly barcode?: string;
  readonly supplier?: string;
  readonly minPrice?: number;
  readonly maxPrice?: number;
  readonly status?: ProductStatus;
  readonly sort?: string;
}

export interface ProductTagQuery extends Page {
  readonly search?: string | undefined;
  /** Only products of this status are counted. */
  readonly status?: 'active';
}

/** The price is in major units of its currency, times are RFC 3339. */
export type Product = Readonly<ReturnType<typeof toProduct>>;

/** What one may say of a product; what is left out stays. */
export type ProductInput = Partial<Omit<Product, 'id' | 'createdAt' | 'updatedAt'>>;

function toProduct(resource: ResourceObject) {
  const read = reader(resourceOf('products', resource).attributes);
  return {
    id: resource.id,
    sku: read.textOrNull('sku'),
    name: read.text('name'),
    description: read.textOrNull('description'),
    price: read.number('price'),
    currency: read.text('currency'),
    status: read.openOneOf('status', productStatuses),
    imageUrl: read.textOrNull('imageUrl'),
    tags: read.texts('tags'),
    barcodes: read.texts('barcodes'),
    packSize: read.numberOrNull('packSize'),
    /** Null for shoppers, as the supplier is. */
    leadTimeDays: read.numberOrNull('leadTimeDays'),
    supplier: read.textOrNull('supplier'),
    createdAt: read.text('createdAt'),
    updatedAt: read.text('updatedAt'),
  };
}

/** From any list of products. */
function toShop(document: unknown): ShopIdentity {
  const meta = isJson(document) && isJson(document['meta']) ? document['meta'] : {};
  const read = reader(meta);
  return { id: read.text('shop'), currency: read.text('currency') };
}

function toProductTag(resource: ResourceObject): ProductTag {
  const read = reader(resourceOf('product-tags', resource).attributes);
  return { name: read.text('name'), productCount: read.number('productCount') };
}

function productParameters(query: ProductQuery): NonNullable<HttpRequest['query']> {
  return {
    ...pageParameters(query),
    'filter[search]': query.search,
    'filter[tags]': query.tag,
    'filter[barcode]': query.barcode,
    'filter[supplier]': query.supplier,
    'filter[price][gte]': query.minPrice,
    'filter[price][lte]': query.maxPrice,
    'filter[status]': query.status,
    sort: query.sort,
  };
}

/** What Products is asked. */
export function productCalls({ ask, allById, everyOne }: Client) {
  return {
    products: (query: ProductQuery, { signal }: Options = {}) =>
      ask({ path: `${V1}/products`, query: productParameters(query), signal }, readList(toProduct)),
    /** Tags, those first that most products have. */
    productTags: (query: ProductTagQuery, { signal }: Options = {}) =>
      ask(
        {
          path: `${V1}/product-tags`,
          query: {
            ...pageParameters(query),
            'filter[search]': query.search,
            'filter[status]': query.status,
          },
          signal,
        },
        readList(toProductTag),
      ),
    productsById: (ids: readonly string[], more: Options = {}) =>
      allById(`${V1}/products`, 'filter[id]', ids, toProduct, more),
    productsBySku: (skus: readonly string[], more: Options = {}) =>
      allById(`${V1}/products`, 'filter[sku][in]', skus, toProduct, more),
    shop: ({ signal }: Options = {}) =>
      ask({ path: `${V1}/products`, query: { 'page[size]': 1 }, signal }, ({ document }) =>
        toShop(document),
      ),
    everyProduct: (more: Options & { onPage?: (count: number) => void } = {}) =>
      everyOne(`${V1}/products`, toProduct, more),
    product: (id: string, { signal }: Options = {}) =>
      ask({ path: `${V1}/products/${encodeURIComponent(id)}`, signal }, readVersioned(toProduct)),
    createProduct: (attributes: ProductInput) =>
      ask(
        {
          method: 'POST',
          path: `${V1}/products`,
          body: { data: { type: 'products', attributes } },
        },
        readVersioned(toProduct),
      ),
    updateProduct: (id: string, attributes: ProductInput, etag: string | null) =>
      ask(
        {
          method: 'PATCH',
          path: `${V1}/products/${encodeURIComponent(id)}`,
          body: { data: { type: 'products', id, attributes } },
          ifMatch: etag,
        },
        readVersioned(toProduct),
      ),
    deleteProduct: (id: string, etag: string | null = null) =>
      ask(
        { method: 'DELETE', path: `${V1}/products/${encodeURIComponent(id)}`, ifMatch: etag },
        () => null,
      ),
    /**
     * At most 1,000 changes of products, all or none. Answers the products that they left, in their
     * order.
     */
    operateProducts: (operations: readonly Operation[], more: Options = {}) =>
      ask(operationsRequest('product-operations', operations, more), (answer) =>
        resultsIn(answer.document).map(toProduct),
      ),
  };
}
