import type { Product, ProductInput } from '../api/index.ts';
import { amountText } from '../money/amount-text.ts';
import { characterCount, MAX_BARCODES, MAX_CHARACTERS, MAX_TAGS } from '../texts.ts';
import { canonicalBarcode } from './barcodes.ts';

export type DraftMember = keyof ProductInput;

/** The members that are lists of texts. */
export type ListMember = 'tags' | 'barcodes';

/** What stands in the fields of the form of a product. */
export interface ProductDraft
  extends
    Readonly<Record<Exclude<DraftMember, 'status' | ListMember>, string>>,
    Readonly<Record<ListMember, readonly string[]>> {
  readonly status: Product['status'];
}

/** The fields as a product fills them, or nothing. */
export function draftOf(product: Product | null, locale: string): ProductDraft {
  return {
    name: product?.name ?? '',
    sku: product?.sku ?? '',
    description: product?.description ?? '',
    price: product === null ? '' : amountText(product.price, product.currency, locale),
    currency: product?.currency ?? '',
    status: product?.status ?? 'active',
    tags: product?.tags ?? [],
    imageUrl: product?.imageUrl ?? '',
    barcodes: product?.barcodes ?? [],
    packSize: String(product?.packSize ?? ''),
    leadTimeDays: String(product?.leadTimeDays ?? ''),
    supplier: product?.supplier ?? '',
  };
}

// A draft has no other keys.
export const draftMembers = Object.keys(draftOf(null, 'en')) as DraftMember[];

/** What was edited since the fields were filled. */
export function editedMembers(draft: ProductDraft, origin: ProductDraft): DraftMember[] {
  return draftMembers.filter(
    (name) => JSON.stringify(draft[name]) !== JSON.stringify(origin[name]),
  );
}

/** A member that someone else has changed too, as texts. */
export interface Difference {
  readonly name: DraftMember;
  readonly theirs: string;
  readonly mine: string;
}

/** What both changed since `origin`, and not to the same; null for nothing. */
export function differences(
  origin: ProductDraft,
  mine: ProductDraft,
  theirs: ProductDraft,
): Difference[] | null {
  const myEdits = editedMembers(mine, origin);
  const theirEdits = editedMembers(theirs, origin);
  const names = editedMembers(theirs, mine).filter(
    (name) => theirEdits.includes(name) && myEdits.includes(name),
  );
  if (names.length === 0) return null;
  return names.map((name) => ({ name, theirs: textOf(theirs[name]), mine: textOf(mine[name]) }));
}

function textOf(value: string | readonly string[]): string {
  return (typeof value === 'string' ? value : value.join(' · ')) || '—';
}

/** Another version in the fields, but for what was edited. */
export function rebased(
  draft: ProductDraft,
  origin: ProductDraft,
  next: ProductDraft,
): ProductDraft {
  const edits = editedMembers(draft, origin);
  return { ...next, ...Object.fromEntries(edits.map((name) => [name, draft[name]])) };
}

/**
 * What was edited as one tells the API; all that is filled in when the product is new. `price` is
 * the amount that was read.
 */
export function inputOf(draft: ProductDraft, origin: ProductDraft, price: number): ProductInput {
  const edits = editedMembers(draft, origin);
  const values: Record<DraftMember, unknown> = {
    name: draft.name,
    sku: draft.sku.trim() || null,
    description: draft.description || null,
    price,
    currency: draft.currency.trim().toUpperCase(),
    status: draft.status,
    tags: draft.tags,
    imageUrl: draft.imageUrl.trim() || null,
    barcodes: draft.barcodes.map(canonicalBarcode),
    packSize: wholeNumberIn(draft, 'packSize'),
    leadTimeDays: wholeNumberIn(draft, 'leadTimeDays'),
    supplier: draft.supplier.trim() || null,
  };
  // A new currency means nothing without a price, and an empty one the shop's.
  const names = edits.filter((name) => name !== 'currency' || values.currency !== '');
  const members = new Set(names.includes('currency') ? [...names, 'price' as const] : names);
  return Object.fromEntries([...members].map((name) => [name, values[name]]));
}

/** The members that are whole numbers or nothing, and their bounds. */
export const WHOLE_NUMBERS = {
  packSize: { min: 1, max: 1_000_000 },
  leadTimeDays: { min: 0, max: 365 },
} as const;

/** The number in a field; null for an empty one, undefined for what is none or out of bounds. */
export function readWholeNumber(
  text: string,
  member: keyof typeof WHOLE_NUMBERS,
): number | null | undefined {
  const { min, max } = WHOLE_NUMBERS[member];
  const plain = text.trim();
  if (plain === '') return null;
  const read = /^\d{1,7}(?:\.0+)?$/.test(plain) ? Number(plain) : Number.NaN;
  return read >= min && read <= max ? read : undefined;
}

function wholeNumberIn(draft: ProductDraft, member: keyof typeof WHOLE_NUMBERS) {
  return readWholeNumber(draft[member], member) ?? null;
}

/** The characters that a member may have; of those that are no text of any length, null. */
const MOST: Readonly<Record<DraftMember, number | null>> = {
  name: MAX_CHARACTERS.name,
  sku: MAX_CHARACTERS.sku,
  description: MAX_CHARACTERS.description,
  price: null,
  currency: null,
  status: null,
  tags: null,
  imageUrl: MAX_CHARACTERS.imageUrl,
  barcodes: null,
  packSize: null,
  leadTimeDays: null,
  supplier: MAX_CHARACTERS.supplier,
};

/** How many entries a list may have, and how many characters each. */
const LISTS: readonly (readonly [ListMember, entries: number, characters: number])[] = [
  ['tags', MAX_TAGS, MAX_CHARACTERS.tag],
  ['barcodes', MAX_BARCODES, MAX_CHARACTERS.barcode],
];

interface Excess {
  readonly member: DraftMember;
  readonly max: number;
  readonly unit: 'characters' | 'entries';
}

/** Which texts have more characters than fit, and which lists more entries. */
export function tooLong(draft: ProductDraft): Excess[] {
  const longTexts = draftMembers.flatMap((member): Excess[] => {
    const max = MOST[member];
    const text = String(draft[member]);
    const count = characterCount(member === 'description' ? text : text.trim());
    return max !== null && count > max ? [{ member, max, unit: 'characters' }] : [];
  });
  const longLists = LISTS.flatMap(([member, entries, characters]): Excess[] => {
    const texts = draft[member];
    if (texts.some((text) => characterCount(text) > characters))
      return [{ member, max: characters, unit: 'characters' }];
    return texts.length > entries ? [{ member, max: entries, unit: 'entries' }] : [];
  });
  return [...longTexts, ...longLists];
}
