import { useMutation } from '@pinia/colada';
import { computed, onMounted, reactive, ref } from 'vue';
import {
  ApiFailure,
  createdProduct,
  isOutcomeUnknown,
  isRefusedFor,
  valueOf,
  type Product,
  type ProductInput,
  type Result,
  type Versioned,
} from '../api/index.ts';
import { region } from '../i18n/index.ts';
import { readMoney } from '../money/read-money.ts';
import { shopCurrency } from '../money/shop-currency.ts';
import { api } from '../gateway.ts';
import {
  differences,
  draftOf,
  editedMembers,
  inputOf,
  rebased,
  type Difference,
  type ListMember,
  type ProductDraft,
} from './product-draft.ts';

/** Changes that others made beside those of this form are merged as often. */
const MAX_MERGES = 3;

/**
 * The fields of a product while someone edits it, and how they are saved: only what was edited is
 * sent, so that what others changed beside it stays. Null is a product that is new.
 *
 * @param barcode stands among its barcodes from the beginning, as if it had been typed
 */
export function useProductEditor(
  product: Product | null,
  onSaved: (saved: Product) => void,
  barcode?: string,
) {
  const { origin, current, price, replaceUnedited, revert, ...fields } = useProductFields(product);
  if (barcode !== undefined) fields.draft.barcodes = [...fields.draft.barcodes, barcode];
  /** The version that the fields were filled from: a change of another one is a conflict. */
  let etag: string | null = null;
  const create = productCreator();
  /** What both changed since, until someone has decided. */
  const conflict = ref<readonly Difference[] | null>(null);

  let reading: Promise<void> | null = null;

  onMounted(() => {
    // A failure is told to whoever saves, which reads again.
    if (product !== null) readVersion(product.id).catch(() => {});
  });

  /** Reads the product with its version; at most one read at a time. */
  function readVersion(id: string): Promise<void> {
    reading ??= api
      .product(id)
      .then((result) => meet(valueOf(result)))
      .finally(() => (reading = null));
    return reading;
  }

  /** Takes over what others changed; what was edited here too is a conflict. */
  function meet(latest: Versioned<Product>): void {
    const theirs = draftOf(latest.value, region.value);
    conflict.value = differences(origin.value, current.value, theirs);
    replaceUnedited(theirs);
    etag = latest.etag;
  }

  /** Null when others changed the same, and someone has to decide. */
  async function save(): Promise<Product | null> {
    // Without its version a change by others would be overwritten unseen.
    if (product !== null && etag === null) await readVersion(product.id);
    for (let merges = 0; conflict.value === null; merges += 1) {
      const result = await send();
      if (result.ok) return result.value.value;
      const isStale = isRefusedFor(result.error, 'precondition-failed');
      if (product === null || !isStale || merges === MAX_MERGES) throw new ApiFailure(result.error);
      await readVersion(product.id);
    }
    return null;
  }

  function send(): Promise<Result<Versioned<Product>>> {
    const amount = price.value.ok ? price.value.amount : Number.NaN;
    const input = inputOf(current.value, origin.value, amount);
    return product === null ? create(input) : api.updateProduct(product.id, input, etag);
  }

  /** Nothing of mine is left where both changed the same. */
  function takeTheirs(): void {
    revert(conflict.value?.map(({ name }) => name) ?? []);
    conflict.value = null;
  }

  const { mutate, isLoading, error, reset } = useMutation({
    mutation: save,
    onSuccess(saved) {
      if (saved !== null) onSaved(saved);
    },
  });
  return {
    ...fields,
    origin,
    current,
    price,
    conflict,
    takeTheirs,
    save: mutate,
    isSaving: isLoading,
    error,
    /** Forgets the error of the last save. */
    reset,
  };
}

function useProductFields(product: Product | null) {
  /** What the fields were filled with: what differs from it was edited here. */
  const origin = ref(draftOf(product, region.value));
  const draft = reactive({ ...origin.value });
  /** The text of an entry of a list that was not yet added. */
  const pending = reactive<Record<ListMember, string>>({ tags: '', barcodes: '' });
  const withPending = (member: ListMember) => {
    const text = pending[member].normalize('NFC').trim();
    return text === '' ? draft[member] : [...new Set([...draft[member], text])];
  };
  const current = computed<ProductDraft>(() => ({
    ...draft,
    tags: withPending('tags'),
    barcodes: withPending('barcodes'),
  }));
  const edits = computed(() => editedMembers(current.value, origin.value));
  const price = computed(() =>
    readMoney(draft.price, {
      currency: draft.currency.trim().toUpperCase() || (product?.currency ?? shopCurrency.value),
      locale: region.value,
    }),
  );

  function replaceUnedited(next: ProductDraft): void {
    Object.assign(draft, rebased({ ...draft }, origin.value, next));
    origin.value = next;
  }

  function revert(names: readonly (keyof ProductDraft)[]): void {
    Object.assign(draft, Object.fromEntries(names.map((name) => [name, origin.value[name]])));
    for (const name of ['tags', 'barcodes'] as const) if (names.includes(name)) pending[name] = '';
  }

  return { origin, draft, pending, current, edits, price, replaceUnedited, revert };
}

/** Makes a product once: after an answer that did not come it looks first whether it is there. */
function productCreator(): (input: ProductInput) => Promise<Result<Versioned<Product>>> {
  let unansweredSinceMs: number | null = null;
  return async (input) => {
    if (unansweredSinceMs !== null) {
      const result = await createdProduct(api, input, unansweredSinceMs);
      if (!result.ok) return result;
      if (result.value) return { ok: true, value: { value: result.value, etag: null } };
    }
    const sentAtMs = Date.now();
    const result = await api.createProduct(input);
    if (!result.ok && isOutcomeUnknown(result.error)) unansweredSinceMs ??= sentAtMs;
    return result;
  };
}
