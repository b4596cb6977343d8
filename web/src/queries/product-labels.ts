import { computed, onScopeDispose, ref, shallowReactive, watch, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import type { Product } from '../api/index.ts';
import { api } from '../gateway.ts';

/** What lists of something else show of a product. */
export type ProductLabel = Pick<Product, 'id' | 'name' | 'sku' | 'tags' | 'imageUrl'>;

interface LabelEntry {
  /** Null where there is no such product. */
  readonly label: ProductLabel | null;
  readonly atMs: number;
}

const FRESH_MS = 300_000;
const MOST_LABELS = 5_000;
const IDS_A_REQUEST = 100;
/** In a list that grows by many products a second they are asked for together. */
const PAUSE_MS = 500;
const RETRY_MS = 5_000;

const labels = shallowReactive(new Map<string, LabelEntry>());
/** What is shown at the moment, by who shows it. */
const views = new Set<() => readonly string[]>();
const hasFailed = ref(false);
let timer: ReturnType<typeof setTimeout> | undefined;
let isRequesting = false;
let notBeforeMs = 0;

/**
 * Keeps what some other query has brought, so that it has a name even while Products doesn't
 * answer.
 */
export function rememberLabels(products: readonly Product[]): void {
  const atMs = Date.now();
  for (const { id, name, sku, tags, imageUrl } of products) {
    labels.delete(id);
    labels.set(id, { label: { id, name, sku, tags, imageUrl }, atMs });
  }
  for (const id of labels.keys()) {
    if (labels.size <= MOST_LABELS) break;
    labels.delete(id);
  }
}

export interface ProductLabels {
  /**
   * Undefined while it is asked for; with a name that says so for a product that is gone, or that
   * Products tells nothing of.
   */
  of(id: string): ProductLabel | undefined;
  /**
   * Products does not answer, and some names are not known. It is asked again every few seconds.
   */
  readonly areMissing: Readonly<Ref<boolean>>;
  retry(): void;
}

/** The names and pictures of some products: each is asked for once in a while, and many at once. */
export function useProductLabels(ids: () => readonly string[]): ProductLabels {
  views.add(ids);
  watch(ids, plan, { immediate: true });
  onScopeDispose(() => views.delete(ids));
  const { t } = useI18n();
  return {
    of(id) {
      const one = labels.get(id);
      if (one?.label) return one.label;
      if (one === undefined && !hasFailed.value) return undefined;
      const name = t(one ? 'app.deletedName' : 'app.unknownName', { id });
      return { id, name, sku: null, tags: [], imageUrl: null };
    },
    areMissing: computed(() => hasFailed.value && ids().some((id) => !labels.has(id))),
    retry() {
      notBeforeMs = 0;
      plan();
    },
  };
}

function due(): string[] {
  const freshFromMs = Date.now() - FRESH_MS;
  const visibleIds = new Set([...views].flatMap((ids) => ids()));
  return [...visibleIds].filter((id) => (labels.get(id)?.atMs ?? 0) < freshFromMs);
}

function plan(): void {
  if (isRequesting) return;
  clearTimeout(timer);
  timer = setTimeout(() => void request(), Math.max(0, notBeforeMs - Date.now()));
}

async function request(): Promise<void> {
  const ids = due().slice(0, IDS_A_REQUEST);
  if (ids.length === 0) return;
  isRequesting = true;
  const result = await api.productsById(ids);
  isRequesting = false;
  hasFailed.value = !result.ok;
  notBeforeMs = Date.now() + (result.ok ? PAUSE_MS : RETRY_MS);
  if (result.ok) {
    rememberLabels(result.value);
    const presentIds = new Set(result.value.map(({ id }) => id));
    for (const id of ids)
      if (!presentIds.has(id)) labels.set(id, { label: null, atMs: Date.now() });
  }
  plan();
}
