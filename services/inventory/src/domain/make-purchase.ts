import type { CommandHeader } from './command.ts';
import { available, levelKey } from './level.ts';
import type { Purchase, PurchaseDraft } from './purchase.ts';
import type { WorkingState } from './working-state.ts';

/** Makes the purchase of a command, after its movements. `state` has no other movements. */
export function makePurchase(
  header: CommandHeader,
  draft: PurchaseDraft,
  { owner, state }: { owner: string; state: WorkingState },
): Purchase {
  const availableAfter = draft.lines.map(({ productId, location }) => {
    const level = state.levels.get(levelKey(productId, location));
    return level ? available(level) : 0;
  });
  state.lastNumber += 1;
  const { lastNumber: number } = state;
  const purchase = purchaseOf(header, draft, { owner, number, availableAfter });
  const lastPosition = state.head;
  const firstPosition = lastPosition - state.movements.length + 1;
  state.purchases.push({ purchase, firstPosition, lastPosition });
  state.returns.set(purchase.id, { purchase, returned: new Map() });
  return purchase;
}

/** @param decided for whom, its number, and what each line left */
export function purchaseOf(
  { id, actor, at }: CommandHeader,
  { reference, currency, currencyDecimals, total, lines }: PurchaseDraft,
  decided: {
    readonly owner: string;
    readonly number: number;
    readonly availableAfter: readonly number[];
  },
): Purchase {
  const purchaseLines = lines.map((line, index) => {
    const { productId, quantity, name, sku, unitPrice, priceAsOf } = line;
    const availableAfter = decided.availableAfter[index] ?? 0;
    return { productId, quantity, name, sku, unitPrice, priceAsOf, availableAfter };
  });
  const money = { reference, currency, currencyDecimals, total };
  const { owner, number } = decided;
  return { id, number, ...money, lines: purchaseLines, owner, actor, at };
}
