import { useEventListener } from '@vueuse/core';
import { computed, ref, shallowRef, watch, type Ref } from 'vue';
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
  /**
   * How many rows wait that are not shown yet, or shown rows that are gone; 0 when what is shown is
   * what there is.
   */
  readonly waiting: Readonly<Ref<number>>;
  show(): void;
}

interface Options {
  readonly isHeld?: () => boolean;
  readonly view?: () => unknown;
}

/**
 * A list that changes by itself, but never under the pointer or the keyboard's focus: meanwhile
 * rows keep their places, and those that are there before and after show what is new of them.
 * `isHeld` keeps it so in any case. Another `view`, such as the next page, is another list. `host`
 * is the element of the rows alone.
 */
export function useSteadyList<Item>(
  host: Readonly<Ref<HTMLElement | null>>,
  source: () => readonly Item[] | undefined,
  keyOf: (item: Item) => string,
  { isHeld = () => false, view = () => null }: Options = {},
): SteadyList<Item> {
  const isPointed = ref(false);
  const isFocused = ref(false);
  let isOther = false;
  let changesSeen = ownChanges.value;
  const items = shallowRef(source());

  useEventListener(host, 'pointerenter', (event: PointerEvent) => {
    isPointed.value = event.pointerType === 'mouse';
  });
  useEventListener(host, 'pointerleave', () => (isPointed.value = false));
  useEventListener(host, 'focusin', ({ target }: FocusEvent) => {
    isFocused.value = target instanceof HTMLElement && target.matches(':focus-visible');
  });
  useEventListener(host, 'focusout', () => (isFocused.value = false));
  // With its element goes whatever was over it.
  watch(host, () => (isPointed.value = isFocused.value = false));

  const mayMove = () =>
    !isHeld() &&
    ((!isPointed.value && !isFocused.value) ||
      ownChanges.value > changesSeen ||
      performance.now() - changedAt < OWN_CHANGE_MS);

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
    if (isFirst || isOther || mayMove()) {
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
  watch([isPointed, isFocused, isHeld, ownChanges], () => {
    if (mayMove()) show();
  });

  const waiting = computed(() => {
    const [visible, all] = [items.value ?? [], source() ?? []];
    if (visible === all) return 0;
    const keys = new Set(visible.map(keyOf));
    const added = all.filter((item) => !keys.has(keyOf(item))).length;
    return added > 0 ? added : Math.max(0, visible.length - all.length);
  });
  return { items, waiting, show };
}
