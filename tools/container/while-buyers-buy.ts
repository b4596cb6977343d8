import assert from 'node:assert/strict';
import { startBuyers, type Purchase } from './buyers.ts';
import { PATIENCE_MS, type Shop } from './shop.ts';

const BUYERS = 4;

/** Several buy one unit after the other during `work`. All that they bought is there afterwards. */
export async function whileBuyersBuy(
  shop: Shop,
  productId: string,
  work: () => Promise<void>,
): Promise<Purchase[]> {
  const before = await shop.available(productId);
  const buyers = startBuyers(shop.door(), productId, { count: BUYERS, patienceMs: PATIENCE_MS });
  await work();
  const purchases = await buyers.stop();
  const again = purchases.filter(({ attempts }) => attempts > 1).length;
  console.log(`            ${purchases.length} purchases, ${again} of them asked for again`);
  assert.ok(purchases.length > 0);
  assert.equal(new Set(purchases.map(({ id }) => id)).size, purchases.length, 'each sold once');
  assert.equal(await shop.available(productId), before - purchases.length, 'and none is lost');
  await shop.verify();
  return purchases;
}
