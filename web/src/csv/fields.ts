/** What a column of a file can say of a product. */
export const fields = [
  'id',
  'sku',
  'name',
  'description',
  'price',
  'currency',
  'status',
  'tags',
  'imageUrl',
  'stock',
  'lowStockThreshold',
  'seenStock',
  'seenVersion',
  'seenProduct',
  'shop',
] as const;
export type Field = (typeof fields)[number];

/** Those that people write; the others are for a file that comes back. */
export const writtenFields = fields.slice(1, 11);

/** How each column is named in a file of ours. */
export const COLUMN_NAMES: Readonly<Record<Field, string>> = {
  id: 'id',
  sku: 'sku',
  name: 'name',
  description: 'description',
  price: 'price',
  currency: 'currency',
  status: 'status',
  tags: 'tags',
  imageUrl: 'imageUrl',
  stock: 'stock',
  lowStockThreshold: 'lowStockThreshold',
  seenStock: 'seen stock',
  seenVersion: 'seen version',
  seenProduct: 'seen product',
  shop: 'shop',
};

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
  return fields.find((field) => plainName(COLUMN_NAMES[field]) === plain) ?? ALIASES[plain] ?? null;
}
