import type { Purchase } from './purchase.ts';

export const SALES_GROUPS = ['day', 'product'] as const;
/** What sales are summed up by: the day, or the product. */
export type SalesGroup = (typeof SALES_GROUPS)[number];

/** Units that came back of a purchase. */
export interface ReturnedUnits {
  readonly purchase: Purchase;
  readonly productId: number;
  readonly units: number;
  /** RFC 3339, UTC. */
  readonly at: string;
}

/** What was sold and came back, of one day or of one product, in one currency. */
export interface SalesSummary {
  readonly id: string;
  /** `YYYY-MM-DD`; null of a product. */
  readonly day: string | null;
  /** Null of a day. */
  readonly productId: number | null;
  /** As in the latest of these sales; null of a day. */
  readonly name: string | null;
  readonly sku: string | null;
  readonly currency: string;
  readonly currencyDecimals: number;
  /** How many purchases. */
  readonly sales: number;
  readonly units: number;
  /** What was sold for, in minor units. */
  readonly sold: number;
  readonly returnedUnits: number;
  /** What the returned units were sold for, in minor units. */
  readonly refunds: number;
}

export interface SalesCount {
  sale(purchase: Purchase): void;
  /** Counts on the day on which the units came back. */
  giveBack(returned: ReturnedUnits): void;
  /** Days in their order; products by what they brought, less refunds, the most first. */
  summaries(): SalesSummary[];
}

type Mutable<Of> = { -readonly [Member in keyof Of]: Of[Member] };
type Money = Pick<SalesSummary, 'currency' | 'currencyDecimals'>;
type Labels = Pick<SalesSummary, 'day' | 'productId' | 'name' | 'sku'>;

/** Sums up sales. Memory grows with the days or the products. @param dayOf an instant's day */
export function countSales(group: SalesGroup, dayOf: (at: string) => string): SalesCount {
  const byId = new Map<string, Mutable<SalesSummary>>();

  function summaryOf({ currency, currencyDecimals }: Money, labels: Labels) {
    const id = `${labels.day ?? labels.productId}-${currency}`;
    const known = byId.get(id);
    if (known) return known;
    const counts = { sales: 0, units: 0, sold: 0, returnedUnits: 0, refunds: 0 };
    const added = { id, ...labels, currency, currencyDecimals, ...counts };
    byId.set(id, added);
    return added;
  }

  function ofDay(purchase: Money, at: string) {
    return summaryOf(purchase, { day: dayOf(at), productId: null, name: null, sku: null });
  }

  function ofProduct(purchase: Purchase, productId: number) {
    const line = purchase.lines.find((one) => one.productId === productId);
    const { name = null, sku = null } = line ?? {};
    return summaryOf(purchase, { day: null, productId, name, sku });
  }

  return {
    sale(purchase) {
      if (group === 'day') {
        const summary = ofDay(purchase, purchase.at);
        summary.sales += 1;
        summary.sold += purchase.total;
        for (const { quantity } of purchase.lines) summary.units += quantity;
        return;
      }
      const products = new Set<number>();
      for (const { productId, quantity, unitPrice, name, sku } of purchase.lines) {
        const summary = ofProduct(purchase, productId);
        if (!products.has(productId)) summary.sales += 1;
        products.add(productId);
        summary.units += quantity;
        summary.sold += quantity * unitPrice;
        summary.name = name;
        summary.sku = sku;
      }
    },
    giveBack({ purchase, productId, units, at }) {
      const line = purchase.lines.find((one) => one.productId === productId);
      const summary = group === 'day' ? ofDay(purchase, at) : ofProduct(purchase, productId);
      summary.returnedUnits += units;
      summary.refunds += units * (line?.unitPrice ?? 0);
    },
    summaries: () => [...byId.values()].sort(group === 'day' ? byDay : byRevenue),
  };
}

function byDay(one: SalesSummary, other: SalesSummary): number {
  return one.id < other.id ? -1 : 1;
}

function byRevenue(one: SalesSummary, other: SalesSummary): number {
  const difference = other.sold - other.refunds - (one.sold - one.refunds);
  return difference === 0 ? byDay(one, other) : difference;
}
