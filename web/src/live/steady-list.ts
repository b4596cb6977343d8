import { computed, shallowRef, watch, type Ref } from 'vue';
import { ownChanges } from '../gateway.ts';

/**
 * What comes of a change of this window's own is shown at once: the next news, and all within so
 * long.
 */
const OWN_CHANGE_MS = 3_000;
let changedAt = -OWN_CHANGE_MS;
watch(ownChanges, () => (changedAt = performance.now()), { flush: 'sync' });

export interface SteadyList<Item> {
  readonly items: Readonly<Ref<readonly Item[] | undefined>>;
  /** Other rows are there than those shown, or they are in another order. */
  readonly isBehind: Readonly<Ref<boolean>>;
  /** How many rows are there that are not shown. */
  readonly waiting: Readonly<Ref<number>>;
  show(): void;
}

/**
 * A list that changes by itself, but whose rows keep their places until `show` is called: those
 * that are there before and after show what is new of them. Another `view`, such as the next page,
 * is another list.
 */
export function useSteadyList<Item>(
  source: () => readonly Item[] | undefined,
  keyOf: (item: Item) => string,
  view: () => unknown = () => null,
): SteadyList<Item> {
  let isOther = false;
  let changesSeen = ownChanges.value;
  const items = shallowRef(source());

  const isOwnChange = () =>
    ownChanges.value > changesSeen || performance.now() - changedAt < OWN_CHANGE_MS;

  function show(): void {
    const next = source();
    // What is shown already comes of no change.
    if (items.value !== next) changesSeen = ownChanges.value;
    items.value = next;
  }

  function follow(): void {
    const visible = items.value;
    const next = source();
    const isFirst = visible === undefined || visible.length === 0 || next === undefined;
    if (isFirst || isOther || isOwnChange()) {
      isOther = false;
      return show();
    }
    const news = new Map(next.map((item) => [keyOf(item), item]));
    const updated = visible.map((item) => news.get(keyOf(item)) ?? item);
    if (updated.some((item, at) => item !== visible[at])) items.value = updated;
  }
  watch(view, () => (isOther = true), { flush: 'sync' });
  watch(source, follow);
  // The news of a change may come before its answer.
  watch(ownChanges, show);

  const keys = computed(() => (items.value ?? []).map(keyOf));
  const keysThere = computed(() => (source() ?? []).map(keyOf));
  const isBehind = computed(
    () =>
      keys.value.length !== keysThere.value.length ||
      keys.value.some((key, at) => key !== keysThere.value[at]),
  );
  const waiting = computed(() => {
    const shown = new Set(keys.value);
    return keysThere.value.filter((key) => !shown.has(key)).length;
  });
  return { items, isBehind, waiting, show };
}
