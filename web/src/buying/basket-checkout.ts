import { computed, ref, watch } from 'vue';
import { useRouter } from 'vue-router';
import { isRefusedFor, type LineInput, type Purchase, type Reservation } from '../api/index.ts';
import { read as readStock } from '../live/live-stock.ts';
import { api } from '../gateway.ts';
import { useBasket, type BasketLine } from '../stores/basket.ts';
import { isLines, useAttempt, type AttemptState } from './attempt.ts';
import { heldId, HOLD_SECONDS, keepHeldId, useConfirmation } from './hold.ts';
import { lineFaults, type LineFault } from './line-faults.ts';

/**
 * What a basket becomes: a hold, which is bought at checkout; or a purchase at once, where too much
 * of it can't be held, or not for long enough.
 */
export function useBasketCheckout() {
  const router = useRouter();
  const basket = useBasket();
  const attempts = useBasketAttempts();
  const { hold, purchase, faults } = attempts;
  /** Nothing is bought anew before it is known whether this basket was. */
  const { pending: unconfirmed } = useConfirmation();

  async function checkOut(): Promise<void> {
    const lines = linesOf(basket.lines);
    purchase.reset();
    await releaseEarlierHold();
    await settleHold(await hold.send(lines), lines);
  }

  async function holdAgain(): Promise<void> {
    const lines = hold.pending.value ?? [];
    await settleHold(await hold.retry(), lines);
  }

  async function settleHold(
    state: AttemptState<Reservation>,
    lines: readonly LineInput[],
  ): Promise<void> {
    if (state.name === 'done') {
      keepHeldId(state.value.id);
      await router.push({ name: 'checkout' });
    } else blame(state, lines);
  }

  /** Sends what is pending, if anything is, and takes out of the basket what was bought. */
  async function buyAtOnce(): Promise<void> {
    const lines = purchase.pending.value ?? linesOf(basket.lines);
    const state = await purchase.send(lines);
    if (state.name === 'done') {
      basket.takeOut(state.value.lines);
      const { id } = state.value;
      await router.push({ name: 'purchase', params: { id }, query: { new: '1' } });
    } else blame(state, lines);
  }

  function blame(state: AttemptState<unknown>, lines: readonly LineInput[]): void {
    if (state.name !== 'refused') return;
    faults.value = lineFaults(state.error, lines);
    void readStock(lines.map(({ productId }) => productId));
  }

  return { ...attempts, unconfirmed, checkOut, holdAgain, buyAtOnce };
}

export type BasketCheckout = ReturnType<typeof useBasketCheckout>;

/** To hold the basket and to buy it at once, and what the last try said is wrong. */
function useBasketAttempts() {
  const basket = useBasket();
  const hold = useAttempt<readonly LineInput[], Reservation>('hold', isLines, (lines, key) =>
    api.hold(lines, HOLD_SECONDS, key),
  );
  const purchase = useAttempt<readonly LineInput[], Purchase>(
    'purchase.basket',
    isLines,
    (lines, key) => api.buy(lines, key),
  );
  const faults = ref<ReadonlyMap<string, LineFault>>(new Map());
  const isBuying = computed(() => purchase.state.value.name === 'sending');
  const isHolding = computed(() => hold.state.value.name === 'sending');
  const refusal = computed(() => {
    for (const { value } of [purchase.state, hold.state])
      if (value.name === 'refused') return value.error;
    return null;
  });
  /** One buyer, or one address, holds no more: it says nothing of what can be bought. */
  const isTooMuchToHold = computed(() => {
    const { value } = hold.state;
    const isLimit = (code: string) => value.name === 'refused' && isRefusedFor(value.error, code);
    return faults.value.size === 0 && (isLimit('hold-limit') || isLimit('too-many-requests'));
  });

  // A change of the basket makes what was said of it old.
  watch(
    () => basket.lines,
    () => {
      faults.value = new Map();
      hold.reset();
      purchase.reset();
    },
  );
  return { hold, purchase, faults, isBuying, isHolding, refusal, isTooMuchToHold };
}

function linesOf(lines: readonly BasketLine[]): LineInput[] {
  return lines.map(({ productId, quantity, price, currency }) => ({
    productId,
    quantity,
    expectedPrice: price,
    expectedCurrency: currency,
  }));
}

/** What this window holds already must not stand in its own way. */
async function releaseEarlierHold(): Promise<void> {
  const id = heldId();
  if (id === null) return;
  keepHeldId(null);
  await api.releaseReservation(id);
}
