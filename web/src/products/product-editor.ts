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
import { api } from '../shop.ts';
import {
  differences,
  draftOf,
  editedMembers,
  inputOf,
  rebased,
  type Difference,
  type ProductDraft,
} from './product-draft.ts';

/** Changes that others made beside those of this form are merged as often. */
const MAX_MERGES = 3;

/**
 * The fields of a product while someone edits it, and how they are saved: only what was edited is
 * sent, so that what others changed beside it stays. Null is a product that is new.
 */
export function useProductEditor(product: Product | null, onSaved: (saved: Product) => void) {
  const { origin, current, price, replaceUnedited, revert, ...fields } = useProductFields(product);
  /** The version that the fields were filled from: a change of another one is a conflict. */
  let etag: string | null = null;
  const create = productCreator();
  /** What both changed since, until someone has decided. */
  const conflict = ref<readonly Difference[] | null>(null);

  onMounted(async () => {
    if (product === null) return;
    const result = await api.product(product.id);
    if (result.ok) fill(result.value);
  });

  function fill(latest: Versioned<Product>): void {
    replaceUnedited(draftOf(latest.value, region.value));
    etag = latest.etag;
  }

  /** Null when others changed the same, and someone has to decide. */
  async function save(): Promise<Product | null> {
    for (let merges = 0; ; merges += 1) {
      const result = await send();
      if (result.ok) return result.value.value;
      const isStale = isRefusedFor(result.error, 'precondition-failed');
      if (product === null || !isStale || merges === MAX_MERGES) throw new ApiFailure(result.error);
      const latest = valueOf(await api.product(product.id));
      const theirs = draftOf(latest.value, region.value);
      conflict.value = differences(origin.value, current.value, theirs);
      fill(latest);
      if (conflict.value !== null) return null;
    }
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
  /** The text of a tag that was not yet added. */
  const tagText = ref('');
  const current = computed<ProductDraft>(() => {
    const tag = tagText.value.normalize('NFC').trim();
    return { ...draft, tags: tag === '' ? draft.tags : [...new Set([...draft.tags, tag])] };
  });
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
    if (names.includes('tags')) tagText.value = '';
  }

  return { origin, draft, tagText, current, edits, price, replaceUnedited, revert };
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
