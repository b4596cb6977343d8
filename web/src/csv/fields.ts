import type { ProductInput } from '../api/index.ts';

/** What people write of a product and its stock, each with what the example file says. */
const EXAMPLE: Readonly<Record<keyof ProductInput | 'stock' | 'lowStockThreshold', string>> = {
  sku: 'MUG-350',
  name: 'Ceramic Mug',
  description: 'Holds 350 ml.',
  price: '14.50',
  currency: 'USD',
  status: 'active',
  tags: 'kitchen|coffee',
  imageUrl: '',
  barcodes: '4006381333931',
  packSize: '12',
  leadTimeDays: '7',
  supplier: 'Alfarería Sur',
  stock: '120',
  lowStockThreshold: '10',
};
export type WrittenField = keyof typeof EXAMPLE;
// The object above has no other keys.
export const writtenFields = Object.keys(EXAMPLE) as WrittenField[];

/** What a column of a file can say of a product. */
export type Field = WrittenField | 'id' | 'seenStock' | 'seenVersion' | 'seenProduct' | 'shop';
/** In the order of the columns of a file of ours. The last are for a file that comes back. */
export const fields: readonly Field[] = [
  'id',
  ...writtenFields,
  'seenStock',
  'seenVersion',
  'seenProduct',
  'shop',
];

/** The columns of a file of ours that have other names than their fields. */
const NAMES: Readonly<Partial<Record<Field, string>>> = {
  seenStock: 'seen stock',
  seenVersion: 'seen version',
  seenProduct: 'seen product',
};

/** How a column is named in a file of ours. */
export function columnName(field: Field): string {
  return NAMES[field] ?? field;
}

/** A file of ours as people write one. */
export const exampleRows: readonly (readonly string[])[] = [
  writtenFields.map(columnName),
  writtenFields.map((field) => EXAMPLE[field]),
];

/** Other names that columns have, as `plainName` writes them. */
const ALIASES: Readonly<Record<string, Field>> = {
  codigo: 'sku',
  referencia: 'sku',
  reference: 'sku',
  nombre: 'name',
  title: 'name',
  descripcion: 'description',
  precio: 'price',
  moneda: 'currency',
  divisa: 'currency',
  currencycode: 'currency',
  estado: 'status',
  etiquetas: 'tags',
  image: 'imageUrl',
  imagen: 'imageUrl',
  barcode: 'barcodes',
  ean: 'barcodes',
  ean13: 'barcodes',
  gtin: 'barcodes',
  upc: 'barcodes',
  codigodebarras: 'barcodes',
  codigosdebarras: 'barcodes',
  pack: 'packSize',
  caja: 'packSize',
  unidadesporcaja: 'packSize',
  leadtime: 'leadTimeDays',
  plazo: 'leadTimeDays',
  entregaendias: 'leadTimeDays',
  vendor: 'supplier',
  proveedor: 'supplier',
  onhand: 'stock',
  quantity: 'stock',
  qty: 'stock',
  units: 'stock',
  existencias: 'stock',
  cantidad: 'stock',
  unidades: 'stock',
  threshold: 'lowStockThreshold',
  umbral: 'lowStockThreshold',
  minimo: 'lowStockThreshold',
};

/** A name without case, accents, blanks and signs. */
export function plainName(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[^a-zA-Z0-9]/g, '')
    .toLowerCase();
}

/** The field that a column of this name has, in a file of ours or one that a person wrote. */
export function fieldNamed(name: string): Field | null {
  const plain = plainName(name);
  return fields.find((field) => plainName(columnName(field)) === plain) ?? ALIASES[plain] ?? null;
}
