import type { Field } from './fields.ts';
import { htmlText } from './html-text.ts';

/** What the cells of a row say, by field. What they leave empty is not there. */
export type ColumnTexts = Readonly<Partial<Record<Field, string>>>;

/**
 * A name as `plainName` writes it, or a pattern of the whole header where a place's name is in it.
 */
export type ColumnName = string | RegExp;

export interface ForeignRow {
  /** By the columns that were chosen. */
  readonly texts: ColumnTexts;
  /** Of any column, trimmed; empty when there is none. */
  readonly cell: (name: ColumnName) => string;
  readonly has: (name: ColumnName) => boolean;
  /** Rows that went before, by whatever ties variants to their product. */
  readonly groups: Map<string, ColumnTexts>;
}

export interface KnownFormat {
  readonly name: FormatName;
  /** Of the system that writes it. */
  readonly label: string;
  /** It is this format when all of these columns are there. */
  readonly signature: readonly ColumnName[];
  /** The first that is there feeds the field. */
  readonly columns: Readonly<Partial<Record<Field, readonly ColumnName[]>>>;
  /**
   * What one row says; null when it is no product of its own, as a picture or the head of variants.
   */
  readonly shape: (row: ForeignRow) => ColumnTexts | null;
}

export type FormatName =
  | 'shopify'
  | 'woocommerce'
  | 'magento'
  | 'prestashop'
  | 'square'
  | 'vendure'
  | 'loyverse';

const shopify: KnownFormat = {
  name: 'shopify',
  label: 'Shopify',
  signature: [/^(?:url )?handle$/i, 'title', /^(?:variant )?price$/i],
  columns: {
    sku: ['variantsku', 'sku'],
    name: ['title'],
    description: ['bodyhtml', 'description'],
    price: ['variantprice', 'price'],
    status: ['status', 'published', 'publishedononlinestore'],
    tags: ['tags'],
    imageUrl: ['imagesrc', 'productimageurl'],
    barcodes: ['variantbarcode', 'barcode'],
    stock: ['variantinventoryqty', 'inventoryquantity'],
  },
  shape(row) {
    const handle = row.cell(/^(?:url )?handle$/i);
    const options = optionsOf(row, (n) => `option${n}value`);
    const isPicture = !row.texts.name && !row.texts.sku && !row.texts.price && options.length === 0;
    if (isPicture) return null;
    const tracker = /^(?:variant )?inventory tracker$/i;
    const isCounted = !row.has(tracker) || row.cell(tracker) !== '';
    const sku = row.texts.sku?.replace(/^'/, '');
    const barcodes = row.texts.barcodes?.replace(/^'/, '');
    const codes = { ...(sku && { sku }), ...(barcodes && { barcodes }) };
    const own = { ...row.texts, ...codes, ...(!isCounted && { stock: '' }) };
    const picture = row.cell(/^variant image(?: url)?$/i);
    return variant(row, handle, { ...own, ...(picture && { imageUrl: picture }) }, options);
  },
};

const woocommerce: KnownFormat = {
  name: 'woocommerce',
  label: 'WooCommerce',
  signature: ['id', 'type', 'name', 'regularprice'],
  columns: {
    sku: ['sku'],
    name: ['name'],
    description: ['description', 'shortdescription'],
    price: ['regularprice'],
    status: ['published'],
    tags: ['tags'],
    imageUrl: ['images'],
    barcodes: ['gtinupceanorisbn'],
    stock: ['stock'],
    lowStockThreshold: ['lowstockamount'],
  },
  shape(row) {
    const type = row.cell('type').toLowerCase();
    if (/\b(?:grouped|external)\b/.test(type)) return null;
    const texts = {
      ...row.texts,
      // It writes line ends as a backslash and an n.
      description: plainText(row.texts.description?.replaceAll('\\n', '\n')),
      imageUrl: row.texts.imageUrl?.split(/,\s*(?=https?:)/)[0],
    };
    const isHead = /\bvariable\b/.test(type);
    if (isHead) {
      for (const key of [`id:${row.cell('id')}`, row.texts.sku ?? ''])
        if (key !== '') row.groups.set(key, texts);
      return null;
    }
    const parent = row.groups.get(row.cell('parent'));
    const { description, tags, imageUrl } = parent ?? {};
    const inherited = { description, tags, imageUrl };
    return parent ? { ...withoutEmpty(inherited), ...withoutEmpty(texts) } : withoutEmpty(texts);
  },
};

const magento: KnownFormat = {
  name: 'magento',
  label: 'Magento',
  signature: ['sku', 'attributesetcode', 'producttype', 'name'],
  columns: {
    sku: ['sku'],
    name: ['name'],
    description: ['description', 'shortdescription'],
    price: ['price'],
    status: ['productonline', 'status'],
    imageUrl: ['baseimage'],
    barcodes: ['barcode', 'gtin', 'ean', 'upc'],
    stock: ['qty'],
  },
  shape(row) {
    // Rows of a store view repeat a product in another language; sets of products are sold as their
    // parts.
    if (row.cell('storeviewcode') !== '') return null;
    if (/^(?:configurable|grouped|bundle)$/i.test(row.cell('producttype'))) return null;
    return withoutEmpty({ ...row.texts, description: plainText(row.texts.description) });
  },
};

const prestashop: KnownFormat = {
  name: 'prestashop',
  label: 'PrestaShop',
  signature: [/^(?:product )?id$/i, /^name ?\*?$/i, /^price(?: tax excluded| \(tax excl\.?\))/i],
  columns: {
    sku: ['reference'],
    name: ['name'],
    description: ['description', 'shortdescription'],
    price: [/^price(?: tax excluded| \(tax excl\.?\))/i],
    status: ['active01', 'active', 'status'],
    tags: [/^tags\b/i],
    imageUrl: [/^image urls?\b/i],
    barcodes: ['ean13', 'gtin'],
    stock: ['quantity'],
    lowStockThreshold: ['lowstocklevel'],
  },
  shape: (row) =>
    withoutEmpty({
      ...row.texts,
      description: plainText(row.texts.description),
      imageUrl: row.texts.imageUrl?.split(/,\s*(?=https?:)/)[0],
      barcodes: row.texts.barcodes ?? row.cell('upc'),
    }),
};

const square: KnownFormat = {
  name: 'square',
  label: 'Square',
  signature: ['token', 'itemname', 'variationname'],
  columns: {
    sku: ['sku'],
    name: ['itemname'],
    description: ['description'],
    price: ['price'],
    status: ['archived'],
    barcodes: ['gtin'],
    stock: [/^current quantity\b/i],
    lowStockThreshold: [/^stock alert count\b/i],
  },
  shape(row) {
    const variation = row.cell('variationname');
    const options = /^(?:regular)?$/i.test(variation) ? [] : [variation];
    const status = /^(?:y|yes|true|1)$/i.test(row.texts.status ?? '') ? 'archived' : '';
    return variant(row, '', { ...row.texts, status }, options);
  },
};

const vendure: KnownFormat = {
  name: 'vendure',
  label: 'Vendure',
  signature: [/^name(?::\w+)?$/i, 'optiongroups', /^optionvalues(?::\w+)?$/i, 'sku', 'price'],
  columns: {
    sku: ['sku'],
    name: [/^name(?::\w+)?$/i],
    description: [/^description(?::\w+)?$/i],
    price: ['price'],
    status: ['enabled'],
    imageUrl: ['assets'],
    stock: ['stockonhand'],
  },
  shape(row) {
    // A variant has only its own cells filled; the head of several has no SKU.
    const options = row
      .cell(/^optionvalues(?::\w+)?$/i)
      .split('|')
      .filter(Boolean);
    const isCounted = !/^(?:false|0)$/i.test(row.cell('trackinventory'));
    const imageUrl = (row.cell('variantassets') || row.texts.imageUrl)?.split('|')[0];
    const own = { ...row.texts, imageUrl, ...(!isCounted && { stock: '' }) };
    const full = variant(row, 'before', own, options);
    return row.texts.sku || row.texts.price ? full : null;
  },
};

const loyverse: KnownFormat = {
  name: 'loyverse',
  label: 'Loyverse',
  signature: ['handle', 'sku', 'name', 'soldbyweight'],
  columns: {
    sku: ['sku'],
    name: ['name'],
    description: ['description'],
    price: [/^price \[/i, 'defaultprice', 'price'],
    status: [/^available for sale\b/i],
    barcodes: ['barcode'],
    stock: [/^in stock\b/i],
    lowStockThreshold: [/^low stock\b/i],
  },
  shape(row) {
    const options = optionsOf(row, (n) => `option${n}value`);
    const isCounted = !/^(?:n|no|false|0)$/i.test(row.cell('trackstock'));
    // Part of a composite item: it names another item and is none.
    if (row.cell('skuofincludeditem') !== '' && !row.texts.sku && !row.texts.name) return null;
    const own = { ...row.texts, ...(!isCounted && { stock: '' }) };
    return variant(row, row.cell('handle'), own, options);
  },
};

export const knownFormats = [
  shopify,
  woocommerce,
  magento,
  prestashop,
  square,
  vendure,
  loyverse,
] as const;

/** The values of up to three options; the one of a product without options is none. */
function optionsOf(row: ForeignRow, nameOf: (n: number) => string): string[] {
  return [1, 2, 3]
    .map((n) => row.cell(nameOf(n)))
    .filter((value) => value !== '' && value !== 'Default Title');
}

/**
 * A variant as a product: named after its options, and with what only the first row of its product
 * says.
 */
function variant(
  { texts, groups }: ForeignRow,
  key: string,
  own: Partial<Record<Field, string | undefined>>,
  options: readonly string[],
): ColumnTexts {
  const cells = withoutEmpty({ ...own, description: plainText(own.description) });
  const head = texts.name ? undefined : groups.get(key);
  const { name, description, tags, status, imageUrl } = head ?? {};
  const full = { ...withoutEmpty({ name, description, tags, status, imageUrl }), ...cells };
  if (!head) groups.set(key, full);
  if (!full.name || options.length === 0) return full;
  return { ...full, name: `${full.name} – ${options.join(' / ')}` };
}

function withoutEmpty(texts: Partial<Record<Field, string | undefined>>): ColumnTexts {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text));
}

const plainText = (html: string | undefined) => html && htmlText(html);
