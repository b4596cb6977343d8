import type { AuditedMovement, AuditedPurchase, Check } from './audit-check.ts';

/** Units by product. */
type UnitsByProduct = Map<number, number>;

/** Compares purchases with the movements that carry them out and with the returns of them. */
export function startPurchaseAudit(check: Check) {
  /** The returned units of each purchase, by its id. */
  const returnedUnits = new Map<string, UnitsByProduct>();
  let number = 0;

  function checkLines({ purchase, movements }: AuditedPurchase): void {
    const boughtUnits: UnitsByProduct = new Map();
    for (const { productId, quantity } of purchase.lines) add(boughtUnits, productId, quantity);
    const movedUnits: UnitsByProduct = new Map();
    for (const { productId, onHandDelta } of movements) add(movedUnits, productId, -onHandDelta);
    for (const productId of new Set([...boughtUnits.keys(), ...movedUnits.keys()])) {
      const units = movedUnits.get(productId) ?? 0;
      check('purchase-units', productId, units, boughtUnits.get(productId) ?? 0, purchase);
    }
    for (const [productId, units] of returnedUnits.get(purchase.id) ?? []) {
      const sold = boughtUnits.get(productId) ?? 0;
      const most = `at most ${sold}`;
      check('return-within-sale', productId, most, units <= sold ? most : units, purchase);
    }
    returnedUnits.delete(purchase.id);
  }

  return {
    movement(m: AuditedMovement): void {
      const { productId, purchaseId } = m;
      const isExplained = m.kind !== 'sale' || m.purchaseExists;
      const actual = isExplained ? 'a purchase' : 'none';
      check('sale-without-purchase', productId, 'a purchase', actual, m);
      if (m.beginsNumber !== null) {
        check('number-gapless', productId, number + 1, m.beginsNumber, m);
        number = m.beginsNumber;
      }
      if (m.kind !== 'return' || purchaseId === null) return;
      const units = returnedUnits.get(purchaseId) ?? new Map<number, number>();
      returnedUnits.set(purchaseId, units);
      add(units, productId, m.onHandDelta);
    },
    /** After all movements. */
    purchase(audited: AuditedPurchase): void {
      const { purchase, movements, firstPosition, lastPosition, recordsFound } = audited;
      checkLines(audited);
      const total = purchase.lines.reduce(
        (sum, line) => sum + BigInt(line.quantity) * BigInt(line.unitPrice),
        0n,
      );
      check('purchase-total', null, Number(total), purchase.total, purchase);
      const [first, last] = [movements[0], movements.at(-1)];
      check('purchase-positions', null, first?.position ?? 'none', firstPosition, purchase);
      check('purchase-positions', null, last?.position ?? 'none', lastPosition, purchase);
      if (recordsFound !== null) check('purchase-record', null, 1, recordsFound, purchase);
    },
    /** After all purchases. Returns that remain name a purchase that doesn't exist. */
    finish(): void {
      for (const [id, products] of returnedUnits) {
        for (const [productId, units] of products)
          check('return-within-sale', productId, 'a purchase', `${units} of none`, { id });
      }
    },
  };
}

function add(units: UnitsByProduct, productId: number, quantity: number): void {
  units.set(productId, (units.get(productId) ?? 0) + quantity);
}
