import type { Purchase } from './purchase.ts';

export const SALES_GROUPS = ['day', 'product', 'currency'] as const;
/** What sales are summed up by: the day, the product, or the currency alone. */
export type SalesGroup = (typeof SALES_GROUPS)[number];

/** Units that came back of a purchase. */
export interface ReturnedUnits {
  readonly purchase: Purchase;
  readonly productId: number;
  readonly units: number;
  /** RFC 3339, UTC. */
  readonly at: string;
}

/** What was sold and came back, of one day, one product or in all, in one currency. */
export interface SalesSummary {
  readonly id: string;
  /** `YYYY-MM-DD`; null where it isn't of a day. */
  readonly day: string | null;
  /** Null where it isn't of a product. */
  readonly productId: number | null;
  /** As in the latest of these sales; null where it isn't of a product. */
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
  /**
   * Days in their order; products by what they brought, less refunds, the most first; currencies by
   * their codes.
   */
  summaries(): SalesSummary[];
}

type Mutable<Of> = { -readonly [Member in keyof Of]: Of[Member] };
type Money = Pick<SalesSummary, 'currency' | 'currencyDecimals'>;
type Labels = Pick<SalesSummary, 'day' | 'productId' | 'name' | 'sku'>;

const NO_LABELS: Labels = { day: null, productId: null, name: null, sku: null };

/**
 * Sums up sales, of some products alone where these are named. Memory grows with the days or the
 * products.
 *
 * @param dayOf an instant's day
 */
export function countSales(
  {
    group,
    products,
  }: { readonly group: SalesGroup; readonly products: ReadonlySet<number> | null },
  dayOf: (at: string) => string,
): SalesCount {
  const byId = new Map<string, Mutable<SalesSummary>>();
  const isCounted = ({ productId }: { readonly productId: number }) =>
    products === null || products.has(productId);

  function summaryOf({ currency, currencyDecimals }: Money, labels: Labels) {
    const label = labels.day ?? labels.productId;
    const id = label === null ? currency : `${label}-${currency}`;
    const known = byId.get(id);
    if (known) return known;
    const counts = { sales: 0, units: 0, sold: 0, returnedUnits: 0, refunds: 0 };
    const added = { id, ...labels, currency, currencyDecimals, ...counts };
    byId.set(id, added);
    return added;
  }

  function ofWhole(purchase: Money, at: string) {
    return summaryOf(purchase, group === 'day' ? { ...NO_LABELS, day: dayOf(at) } : NO_LABELS);
  }

  function ofProduct(purchase: Purchase, productId: number) {
    const line = purchase.lines.find((one) => one.productId === productId);
    const { name = null, sku = null } = line ?? {};
    return summaryOf(purchase, { ...NO_LABELS, productId, name, sku });
  }

  return {
    sale(purchase) {
      const lines = purchase.lines.filter(isCounted);
      const counted = new Set<SalesSummary>();
      for (const { productId, quantity, unitPrice, name, sku } of lines) {
        const isOfProduct = group === 'product';
        const summary = isOfProduct
          ? ofProduct(purchase, productId)
          : ofWhole(purchase, purchase.at);
        if (!counted.has(summary)) summary.sales += 1;
        counted.add(summary);
        summary.units += quantity;
        summary.sold += quantity * unitPrice;
        if (isOfProduct) Object.assign(summary, { name, sku });
      }
    },
    giveBack(returned) {
      if (!isCounted(returned)) return;
      const { purchase, productId, units, at } = returned;
      const line = purchase.lines.find((one) => one.productId === productId);
      const summary = group === 'product' ? ofProduct(purchase, productId) : ofWhole(purchase, at);
      summary.returnedUnits += units;
      summary.refunds += units * (line?.unitPrice ?? 0);
    },
    summaries: () => [...byId.values()].sort(group === 'product' ? byRevenue : byName),
  };
}

function byName(one: SalesSummary, other: SalesSummary): number {
  return one.id < other.id ? -1 : 1;
}

function byRevenue(one: SalesSummary, other: SalesSummary): number {
  const difference = other.sold - other.refunds - (one.sold - one.refunds);
  return difference === 0 ? byName(one, other) : difference;
}
