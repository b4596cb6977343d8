import { ref } from 'vue';
import { api } from '../gateway.ts';
import { readStored, store } from '../stores/storage.ts';

const NAME = 'anaquel.currency';
const stored = readStored(localStorage, NAME);

/**
 * The shop's own currency, whose sign needs no more explanation; null until a list of products has
 * told it.
 */
export const shopCurrency = ref(typeof stored === 'string' ? stored : null);

/** Takes it over from what a list of products says beside its items. */
export function learnShopCurrency({ currency }: Readonly<Record<string, unknown>>): void {
  if (typeof currency !== 'string' || currency === shopCurrency.value) return;
  shopCurrency.value = currency;
  store(localStorage, NAME, currency);
}

/** For pages without a list of products, in a browser that was never here. */
export async function settleShopCurrency(): Promise<void> {
  if (shopCurrency.value !== null) return;
  const result = await api.products({ size: 1 });
  if (result.ok) learnShopCurrency(result.value.meta);
}
