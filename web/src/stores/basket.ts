import { defineStore } from 'pinia';
import { computed, ref, watch } from 'vue';
import { isJson, type Product } from '../api/index.ts';
import type { Price } from '../buying/line-faults.ts';
import { sumOf } from '../money/amounts.ts';
import { readStored, store } from './storage.ts';

/** A product as it was when it was last looked at: its price is what the buyer expects to pay. */
export interface BasketLine {
  readonly productId: string;
  readonly quantity: number;
  readonly name: string;
  readonly price: number;
  readonly currency: string;
  readonly tags: readonly string[];
  readonly imageUrl: string | null;
}

const NAME = 'anaquel.basket';
/** What one purchase may have. */
const MAX_LINES = 100;
const MAX_QUANTITY = 1_000_000;

export const useBasket = defineStore('basket', () => {
  const lines = ref<BasketLine[]>(readLines());
  const units = computed(() => lines.value.reduce((sum, { quantity }) => sum + quantity, 0));
  /** Per currency, as one purchase has one. */
  const totals = computed(() => {
    const byCurrency = Map.groupBy(lines.value, ({ currency }) => currency);
    return [...byCurrency].map(([currency, of]) => ({ currency, total: sumOf(of) }));
  });

  watch(lines, (value) => store(localStorage, NAME, value.length > 0 ? value : null));
  // Another window of this shop has the same basket.
  addEventListener('storage', ({ key }) => {
    if (key === NAME || key === null) lines.value = readLines();
  });

  function add(product: Product, quantity: number): void {
    const before = lines.value.find(({ productId }) => productId === product.id);
    const line = lineOf(product, Math.min(MAX_QUANTITY, (before?.quantity ?? 0) + quantity));
    lines.value = before
      ? lines.value.map((one) => (one === before ? line : one))
      : [...lines.value, line].slice(0, MAX_LINES);
  }

  function setQuantity(productId: string, quantity: number): void {
    lines.value = lines.value.map((line) =>
      line.productId === productId ? { ...line, quantity } : line,
    );
  }

  /** Takes over what a product costs now. */
  function accept(productId: string, { price, currency }: Price): void {
    lines.value = lines.value.map((line) =>
      line.productId === productId ? { ...line, price, currency } : line,
    );
  }

  function remove(productId: string): void {
    lines.value = lines.value.filter((line) => line.productId !== productId);
  }

  /** What was bought goes; what was put in since then stays. */
  function takeOut(purchaseLines: readonly Pick<BasketLine, 'productId' | 'quantity'>[]): void {
    const quantities = new Map(
      purchaseLines.map(({ productId, quantity }) => [productId, quantity]),
    );
    lines.value = lines.value.flatMap((line) => {
      const quantity = line.quantity - (quantities.get(line.productId) ?? 0);
      return quantity > 0 ? [{ ...line, quantity }] : [];
    });
  }

  return { lines, units, totals, add, setQuantity, accept, remove, takeOut };
});

function lineOf(product: Product, quantity: number): BasketLine {
  const { id: productId, name, price, currency, tags, imageUrl } = product;
  return { productId, quantity, name, price, currency, tags, imageUrl };
}

function readLines(): BasketLine[] {
  const stored = readStored(localStorage, NAME);
  return Array.isArray(stored) ? stored.filter(isLine) : [];
}

function isLine(value: unknown): value is BasketLine {
  if (!isJson(value)) return false;
  const { productId, quantity, name, price, currency, tags } = value;
  return (
    typeof productId === 'string' &&
    Number.isInteger(quantity) &&
    Number(quantity) >= 1 &&
    typeof name === 'string' &&
    typeof price === 'number' &&
    typeof currency === 'string' &&
    /^[A-Z]{3}$/.test(currency) &&
    Array.isArray(tags)
  );
}
