import type { CommandHeader } from './command.ts';
import { available, levelKey } from './level.ts';
import type { Purchase, PurchaseDraft } from './purchase.ts';
import type { WorkingState } from './working-state.ts';

/** Makes the purchase of a command, after its movements. `state` has no other movements. */
export function makePurchase(
  { id, actor, at }: CommandHeader,
  { reference, currency, currencyDecimals, total, lines }: PurchaseDraft,
  { owner, state }: { owner: string; state: WorkingState },
): Purchase {
  const purchaseLines = lines.map(
    ({ productId, location, quantity, name, sku, unitPrice, priceAsOf }) => {
      const level = state.levels.get(levelKey(productId, location));
      const availableAfter = level ? available(level) : 0;
      return { productId, quantity, name, sku, unitPrice, priceAsOf, availableAfter };
    },
  );
  const money = { reference, currency, currencyDecimals, total };
  const purchase = { id, ...money, lines: purchaseLines, owner, actor, at };
  const lastPosition = state.head;
  const firstPosition = lastPosition - state.movements.length + 1;
  state.purchases.push({ purchase, firstPosition, lastPosition });
  state.returns.set(id, { purchase, returned: new Map() });
  return purchase;
}
