import type { FilterOf, ListPage, ListRequest } from '@anaquel/jsonapi';
import type { ChangeKind, ProductChange } from '../domain/product-change.ts';
import type { NewProduct, Product, ProductStatus } from '../domain/product.ts';

export const productSorts = ['name', 'price', 'createdAt', 'updatedAt', 'sku', 'id'] as const;
export type ProductSort = (typeof productSorts)[number];

/** `price` is compared in major units, `tags` and `barcode` by `contains`. */
export interface ProductFilters {
  readonly id: number;
  readonly sku: string;
  readonly name: string;
  readonly price: number;
  readonly currency: string;
  readonly status: ProductStatus;
  readonly tags: string;
  /** In the form of `canonicalBarcode`. */
  readonly barcode: string;
  readonly supplier: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}
export type ProductFilterField = keyof ProductFilters;
export type ProductFilter = FilterOf<ProductFilters>;

export interface ProductListRequest extends ListRequest<ProductFilter, ProductSort> {
  /** Each must occur in name, SKU, description, tags or barcodes; folded. */
  readonly words?: readonly string[];
}

/** Who changes, when (RFC 3339, UTC), and where it is traced, if anybody is told of that. */
export interface Author {
  readonly actor: string;
  readonly at: string;
  readonly traceparent: string | null;
}

/**
 * What to do about a product, decided inside the store's transaction. Answering the same object
 * writes nothing.
 */
export type Decision<Failure> = Outcome<Product, Failure>;

export type StoreFailure =
  | { readonly type: 'not-found' }
  /** Nothing can be written now: the disk is full or fails, or the file is locked. */
  | { readonly type: 'store-unavailable' }
  /** The database didn't say whether the change was made. */
  | { readonly type: 'outcome-unknown' }
  | { readonly type: 'sku-taken'; readonly sku: string }
  | {
      readonly type: 'barcode-taken';
      readonly barcode: string;
      /** Its place in the list, from 0. */
      readonly place: number;
      readonly owner: Pick<Product, 'id' | 'sku'>;
    };

/** How products are changed: each change and its row in the log stand or fall together. */
export interface ProductChanges {
  /** Ids count up and are never given twice, deleted products' ids included. */
  insert(product: NewProduct, by: Author): Promise<Decision<StoreFailure>>;
  /**
   * Applies a decision about the product as it is now; no other change comes between. A deletion
   * leaves a tombstone.
   */
  change<Failure>(
    id: number,
    kind: Exclude<ChangeKind, 'created'>,
    by: Author,
    decide: (product: Product) => Decision<Failure>,
  ): Promise<Decision<Failure | StoreFailure>>;
}

/** What some work is about, so that it can be read at once. */
export interface Subject {
  /** The products that it changes. */
  readonly ids: readonly number[];
  /** What it gives to products. */
  readonly skus: readonly string[];
  /** In the form of `canonicalBarcode`. */
  readonly barcodes: readonly string[];
  /** How many products it adds. */
  readonly additions: number;
}

export type Outcome<Value, Failure> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: Failure };

/**
 * Keeps products and the log of their changes. Deleted products are not found. A change that is
 * asked for alone is a transaction of its own. Reads wait for no transaction: they have all of what
 * was answered before, and nothing of what is not committed.
 */
export interface ProductStore extends ProductChanges {
  find(id: number): Promise<Product | undefined>;
  /** Those that exist of at most 1,000, by id. */
  findAll(ids: readonly number[]): Promise<Product[]>;
  /**
   * Names are ordered whatever their case and accents, prices by their amounts, products without an
   * SKU first. The total is exact when nothing or the status alone is filtered by, and otherwise
   * counted up to 1,000.
   */
  list(request: ProductListRequest): Promise<ListPage<Product>>;
  /**
   * Carries out all of some work's changes as one transaction, or none of them when it gives a
   * failure or throws. The work waits for nothing but its changes and its turn, since other
   * changes wait for it, and ends with the first that fails. It may be done again, so it changes
   * nothing else.
   */
  transact<Value, Failure>(
    subject: Subject,
    work: (changes: ProductChanges) => Promise<Outcome<Value, Failure>>,
  ): Promise<Outcome<Value, Failure | StoreFailure>>;
  /** Changes after a position, in order, and the position of the newest one. */
  changesAfter(
    position: number,
    limit: number,
  ): Promise<{ changes: ProductChange[]; head: number }>;
}
