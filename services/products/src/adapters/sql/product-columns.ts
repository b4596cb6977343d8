import { column, json, rowCodec, type Column, type Columns } from '@anaquel/runtime/sql';
import { comparablePrice } from '../../domain/product.ts';
import type { NewProduct, Product } from '../../domain/product.ts';
import { nameKey, searchText } from '../../domain/search-text.ts';

/** Made of the texts of a product, for the orders and searches of lists. */
interface FoldedTexts {
  readonly nameSort: string;
  readonly searchText: string;
  /** The version of the product that the other two were made of. */
  readonly foldedVersion: number;
}

/** A product with all that is derived from it. */
type ProductRow<Item> = Item & FoldedTexts & { readonly priceSort: number };

/** What each change writes. */
const changeable: Columns<Omit<NewProduct, 'createdAt'>> = {
  sku: column('sku'),
  name: column('name'),
  description: column('description'),
  priceMinor: column('price_minor'),
  currency: column('currency'),
  status: column('status'),
  imageUrl: column('image_url'),
  tags: json('tags'),
  barcodes: json('barcodes'),
  packSize: column('pack_size'),
  leadTimeDays: column('lead_time_days'),
  supplier: column('supplier'),
  version: column('version'),
  updatedAt: column('updated_at'),
};
const createdAt: Column<string> = column('created_at');
const priceSort: Column<number> = column('price_sort');
const folded: Columns<FoldedTexts> = {
  nameSort: column('name_sort'),
  searchText: column('search_text'),
  foldedVersion: column('folded_version'),
};
const { name, description, tags } = changeable;

export const PRODUCT = rowCodec<Product>({ id: column('id'), ...changeable, createdAt });

export const NEW_PRODUCT = rowCodec<ProductRow<NewProduct>>({
  ...changeable,
  ...folded,
  priceSort,
  createdAt,
});

export const CHANGED_PRODUCT = rowCodec<ProductRow<Omit<NewProduct, 'createdAt'>>>({
  ...changeable,
  ...folded,
  priceSort,
});

/** Nothing but these texts: setting any other column costs the indexes that it is in. */
export const FOLDED_TEXTS = rowCodec<FoldedTexts>(folded);

export const ALL_TEXTS = rowCodec<FoldedTexts & Pick<Product, 'name' | 'description' | 'tags'>>({
  ...folded,
  name,
  description,
  tags,
});

export function withDerivedColumns<Item extends NewProduct>(product: Item): ProductRow<Item> {
  return {
    ...product,
    nameSort: nameKey(product.name),
    priceSort: comparablePrice(product),
    searchText: searchText(product),
    foldedVersion: product.version,
  };
}
