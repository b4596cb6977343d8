import type { Purchase, PurchaseLine } from './purchase.ts';
import { createShopDays } from './shop-days.ts';

/** How many sales are summed up at most: some tenths of a second of reading. */
export const MAX_SALES = 100_000;

export const SALES_GROUPS = ['day', 'product', 'currency'] as const;
/** What sales are summed up by: the day, the product, or the currency alone. */
export type SalesGroup = (typeof SALES_GROUPS)[number];

/** By what sales are summed up, and which. */
export interface SalesGrouping {
  readonly group: SalesGroup;
  /** Of which products; null for all. */
  readonly products: readonly number[] | null;
  /** Of the shop's days; a name of IANA. */
  readonly timeZone: string;
}

/** What is summed up of a purchase. */
export type Sale = Pick<Purchase, 'at' | 'currency' | 'currencyDecimals' | 'lines'>;

/** Units that came back of a purchase. */
export interface ReturnedUnits {
  readonly purchase: Sale;
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
  sale(purchase: Sale): void;
  /** Counts on the day on which the units came back. */
  giveBack(returned: ReturnedUnits): void;
  /**
   * Days in their order; products by what they brought, less refunds, the most first; currencies by
   * their codes.
   */
  summaries(): SalesSummary[];
}

type Mutable<Of> = { -readonly [Member in keyof Of]: Of[Member] };

/**
 * Sums up sales, of some products alone where these are named. Memory grows with the days or the
 * products.
 */
export function countSales({ group, products: named, timeZone }: SalesGrouping): SalesCount {
  const products = named && new Set(named);
  const days = group === 'day' ? createShopDays(timeZone) : null;
  const isByProduct = group === 'product';
  const byId = new Map<string, Mutable<SalesSummary>>();
  const isCounted = ({ productId }: PurchaseLine) => products === null || products.has(productId);

  function summaryOf(line: PurchaseLine, { currency, currencyDecimals }: Sale, at: string) {
    const day = days && days.dayOf(at);
    const productId = isByProduct ? line.productId : null;
    const label = day ?? productId;
    const id = label === null ? currency : `${label}-${currency}`;
    const known = byId.get(id);
    if (known) return known;
    const { name, sku } = isByProduct ? line : NO_PRODUCT;
    const added = { id, day, productId, name, sku, currency, currencyDecimals, ...NOTHING };
    byId.set(id, added);
    return added;
  }

  return {
    sale(sale) {
      const lines = sale.lines.filter(isCounted);
      for (const line of lines) {
        const { productId, quantity, unitPrice, name, sku } = line;
        const summary = summaryOf(line, sale, sale.at);
        // A sale counts once, with its first line of what is summed up.
        if (line === (isByProduct ? lineOf(sale, productId) : lines[0])) summary.sales += 1;
        summary.units += quantity;
        summary.sold += quantity * unitPrice;
        if (isByProduct) [summary.name, summary.sku] = [name, sku];
      }
    },
    giveBack({ purchase, productId, units, at }) {
      const line = lineOf(purchase, productId);
      if (line === undefined || !isCounted(line)) return;
      const summary = summaryOf(line, purchase, at);
      summary.returnedUnits += units;
      summary.refunds += units * line.unitPrice;
    },
    summaries: () => [...byId.values()].sort(isByProduct ? byRevenue : byName),
  };
}

const NO_PRODUCT = { name: null, sku: null };
const NOTHING = { sales: 0, units: 0, sold: 0, returnedUnits: 0, refunds: 0 };

/** The first line of a product. */
function lineOf({ lines }: Sale, productId: number): PurchaseLine | undefined {
  return lines.find((line) => line.productId === productId);
}

function byName(one: SalesSummary, other: SalesSummary): number {
  return one.id < other.id ? -1 : 1;
}

function byRevenue(one: SalesSummary, other: SalesSummary): number {
  const difference = other.sold - other.refunds - (one.sold - one.refunds);
  return difference === 0 ? byName(one, other) : difference;
}
