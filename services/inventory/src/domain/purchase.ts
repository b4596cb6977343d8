/** A product as Products described it. Commands carry it, because the ledger asks nobody. */
export interface ProductSnapshot {
  readonly productId: number;
  readonly name: string;
  readonly sku: string | null;
  /** In minor units of `currency`. */
  readonly unitPrice: number;
  readonly currency: string;
  /** How many decimals `currency` has: 2 for USD, 0 for JPY. */
  readonly currencyDecimals: number;
  /** The time of that answer; RFC 3339, UTC. */
  readonly asOf: string;
}

export interface PurchaseLine {
  readonly productId: number;
  readonly quantity: number;
  readonly name: string;
  readonly sku: string | null;
  /** In minor units of the purchase's currency. */
  readonly unitPrice: number;
  readonly priceAsOf: string;
  /** Units of the product that could still be sold after the whole purchase. */
  readonly availableAfter: number;
}

/** An all-or-nothing sale of one or more lines. It never changes. */
export interface Purchase {
  /** UUID version 7, so that ids sort by time. */
  readonly id: string;
  /** Its number among all purchases, without gaps, from 1, in the order of their positions. */
  readonly number: number;
  readonly reference: string | null;
  readonly currency: string;
  readonly currencyDecimals: number;
  /** In minor units, at most 2⁵³ − 1. */
  readonly total: number;
  readonly lines: readonly PurchaseLine[];
  /** The caller who may read it. */
  readonly owner: string;
  readonly actor: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}

/** A purchase as it is read: with what has come back of it since. */
export interface SeenPurchase extends Purchase {
  /** Units of each line, in the order of the lines. */
  readonly returned: readonly number[];
}

/** Returns name a product: of several lines of it, the first ones are said to have come back. */
export function withReturns(
  purchase: Purchase,
  unitsOf: (productId: number) => number,
): SeenPurchase {
  const left = new Map<number, number>();
  const returned = purchase.lines.map(({ productId, quantity }) => {
    const units = left.get(productId) ?? unitsOf(productId);
    const ofLine = Math.min(units, quantity);
    left.set(productId, units - ofLine);
    return ofLine;
  });
  return { ...purchase, returned };
}

/** A line on which the ledger has not decided yet. */
export interface DraftLine extends Omit<PurchaseLine, 'availableAfter'> {
  readonly location: string;
}

/** A purchase on which the ledger has not decided yet. */
export interface PurchaseDraft {
  readonly reference: string | null;
  readonly currency: string;
  readonly currencyDecimals: number;
  readonly total: number;
  readonly lines: readonly DraftLine[];
}

/** A purchase with the positions of its movements, which are neighbours in the log. */
export interface PositionedPurchase {
  readonly purchase: Purchase;
  readonly firstPosition: number;
  readonly lastPosition: number;
}
