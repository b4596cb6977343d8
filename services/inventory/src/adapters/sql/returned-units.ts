import { column, rowCodec, select, valueList, type SqlReads } from '@anaquel/runtime/sql';
import { withReturns, type Purchase, type SeenPurchase } from '../../domain/purchase.ts';

interface ReturnedUnits {
  readonly purchaseId: string;
  readonly productId: number;
  readonly units: number;
}

const RETURNED = rowCodec<ReturnedUnits>({
  purchaseId: column('purchase_id'),
  productId: column('product_id'),
  units: column('sum(on_hand_delta)'),
});

/** Adds what has come back of at most 100 purchases, by the index of returns. */
export async function seenPurchases(
  reads: SqlReads,
  purchases: readonly Purchase[],
): Promise<SeenPurchase[]> {
  if (purchases.length === 0) return [];
  const ids = valueList(purchases.map(({ id }) => id));
  const returned = await reads.all(select(RETURNED)`from movements
    where kind = 'return' and purchase_id in ${ids} group by purchase_id, product_id`);
  const byPurchase = Map.groupBy(returned, ({ purchaseId }) => purchaseId);
  return purchases.map((purchase) => {
    const ofPurchase = byPurchase.get(purchase.id) ?? [];
    return withReturns(
      purchase,
      (productId) => ofPurchase.find((one) => one.productId === productId)?.units ?? 0,
    );
  });
}
