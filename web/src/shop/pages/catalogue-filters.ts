import { watchDebounced } from '@vueuse/core';
import { computed, ref, watch } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { decimal } from '../../i18n/format.ts';
import { region } from '../../i18n/index.ts';
import { useNumberFaultText } from '../../i18n/number-fault-text.ts';
import { shopCurrency } from '../../money/shop-currency.ts';
import { useRouteQuery } from '../../route-query.ts';
import { useSearchField } from '../../search-field.ts';
import { SEARCH_DELAY_MS } from '../../texts.ts';

export const sorts = ['featured', 'newest', 'cheapest', 'dearest', 'name'] as const;
export type Sort = (typeof sorts)[number];
type Bound = 'from' | 'to';

/** What is typed above the catalogue, and what the address says of it: each follows the other. */
export function useCatalogueFilters() {
  const route = useRoute();
  const router = useRouter();
  const { textOf, narrow } = useRouteQuery();
  const describeNumber = useNumberFaultText();

  const sort = computed<Sort>({
    get: () => sorts.find((one) => one === textOf('sort')) ?? 'featured',
    set: (value) => narrow({ sort: value === 'featured' ? undefined : value }),
  });
  const { search, words } = useSearchField();
  const from = ref(localText(textOf('from')));
  const to = ref(localText(textOf('to')));
  const priceFaults = ref<Record<Bound, string>>({ from: '', to: '' });

  /** What the address says of a price that was typed: nothing new while it is none. */
  async function addressText(text: string, name: Bound): Promise<string | undefined> {
    if (!text.trim()) return undefined;
    // Few visitors type a price, so few load how one is read.
    const { readMoney } = await import('../../money/read-money.ts');
    const amount = readMoney(text, { currency: shopCurrency.value, locale: region.value });
    if (amount.ok) return String(amount.amount);
    priceFaults.value[name] = describeNumber(amount);
    return textOf(name) || undefined;
  }

  /** Counts what was typed: a reading that ends after the next one has begun is of no use. */
  let reading = 0;
  /** What the fields last led to: an address that says otherwise was come to in another way. */
  let address: Partial<Record<Bound, string>> = {};
  watchDebounced([from, to], () => void follow(), { debounce: SEARCH_DELAY_MS });

  async function follow(): Promise<void> {
    const mine = (reading += 1);
    priceFaults.value = { from: '', to: '' };
    const next = {
      from: await addressText(from.value, 'from'),
      to: await addressText(to.value, 'to'),
    };
    const isSame = Object.entries(next).every(([name, value]) => textOf(name) === (value ?? ''));
    if (mine !== reading || isSame) return;
    address = next;
    narrow(next);
  }

  watch(
    () => [textOf('from'), textOf('to')] as const,
    ([fromText, toText]) => {
      if ((address.from ?? '') !== fromText) from.value = localText(fromText);
      if ((address.to ?? '') !== toText) to.value = localText(toText);
      address = { from: fromText, to: toText };
    },
  );

  const isNarrowed = computed(() =>
    ['search', 'tag', 'from', 'to'].some((name) => textOf(name) !== ''),
  );
  function clear(): void {
    [from.value, to.value] = ['', ''];
    void router.replace({ query: { sort: route.query['sort'] } });
  }

  const amountIn = (name: Bound) => amountOf(textOf(name));
  return { sort, search, words, from, to, priceFaults, amountIn, isNarrowed, clear };
}

export type CatalogueFilters = ReturnType<typeof useCatalogueFilters>;

/** Amounts stand there as numbers, so that a link means the same wherever it is opened. */
function amountOf(text: string): number | undefined {
  return /^\d{1,10}(?:\.\d{1,4})?$/.test(text) ? Number(text) : undefined;
}

/** An amount of the address as one types it here. */
function localText(text: string): string {
  const decimals = text.split('.')[1]?.length ?? 0;
  return text && decimal(Number(text), decimals);
}
