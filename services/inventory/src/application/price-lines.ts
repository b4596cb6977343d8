import { majorUnits } from '../domain/money.ts';
import type { PurchaseDraft } from '../domain/purchase.ts';
import type { CatalogueAnswer, CatalogueProduct, ProductCatalogue } from './product-catalogue.ts';
import type { RequestRefusal } from './submit-command.ts';

export interface RequestedLine {
  readonly productId: number;
  /** 1 to 1,000,000 units. */
  readonly quantity: number;
  /** The unit price that the buyer saw; null when any price will do. */
  readonly expected: ExpectedPrice | null;
}

export interface ExpectedPrice {
  /**
   * In major units. Compared to 15 digits: one that is no price of the currency, such as 12.505
   * USD, never matches.
   */
  readonly price: number;
  /** ISO 4217. Null compares the number alone: 1500 JPY is as good as 1500 USD then. */
  readonly currency: string | null;
}

/** What is asked for, as two requests are compared by it: without prices. */
export function withoutPrices(
  lines: readonly RequestedLine[],
): { productId: number; quantity: number }[] {
  return lines.map(({ productId, quantity }) => ({ productId, quantity }));
}

/**
 * The lines at the prices that Products tells, with their total, or why they cannot be sold. Nobody
 * is refused for what was true a few seconds ago: before a refusal Products is asked once more.
 */
export async function draftLines(
  catalogue: ProductCatalogue,
  lines: readonly RequestedLine[],
  reference: string | null,
): Promise<PurchaseDraft | Refusals> {
  const ids = lines.map(({ productId }) => productId);
  const draft = (answers: readonly CatalogueAnswer[]): PurchaseDraft | Refusals => {
    const checked = checkLines(lines, answers);
    return 'refusals' in checked ? checked : draftPurchase(lines, checked.products, reference);
  };
  const drafted = draft(await catalogue.lookUp(ids));
  const mayHaveChanged =
    'refusals' in drafted && drafted.refusals.some(({ type }) => CHANGING.has(type));
  return mayHaveChanged ? draft(await catalogue.lookUp(ids, 'now')) : drafted;
}

type Refusals = { readonly refusals: readonly RequestRefusal[] };

const CHANGING: ReadonlySet<RequestRefusal['type']> = new Set([
  'price-changed',
  'product-not-active',
  'mixed-currencies',
  'total-too-large',
]);

function checkLines(
  lines: readonly RequestedLine[],
  answers: readonly CatalogueAnswer[],
): { products: readonly CatalogueProduct[] } | Refusals {
  const products: CatalogueProduct[] = [];
  const refusals: RequestRefusal[] = [];
  for (const [step, { productId, expected }] of lines.entries()) {
    const answer = answers[step] ?? { type: 'unavailable' };
    if (answer.type === 'unavailable') return { refusals: [{ type: 'catalogue-unavailable' }] };
    if (answer.type === 'not-found') {
      refusals.push({ type: 'product-not-found', step, productId });
      continue;
    }
    const { product } = answer;
    const { name, currency } = product;
    const price = majorUnits(product.unitPrice, product.currencyDecimals);
    if (product.status !== 'active') refusals.push({ type: 'product-not-active', step, productId });
    else if (expected && !matches(expected, price, currency)) {
      refusals.push({ type: 'price-changed', step, productId, name, price, currency });
    }
    products.push(product);
  }
  return refusals.length > 0 ? { refusals } : { products };
}

/**
 * To as many decimal digits as a binary number always keeps, which no price needs: what arithmetic
 * leaves behind them, as in 0.1 + 0.2, is no other price (docs/decisions/0028).
 */
const SURE_DIGITS = 15;

function matches(expected: ExpectedPrice, price: number, currency: string): boolean {
  const expectedPrice = Number(expected.price.toPrecision(SURE_DIGITS));
  return expectedPrice === price && (expected.currency ?? currency) === currency;
}

function draftPurchase(
  lines: readonly RequestedLine[],
  products: readonly CatalogueProduct[],
  reference: string | null,
): PurchaseDraft | Refusals {
  const { currency = '', currencyDecimals = 0 } = products[0] ?? {};
  const foreign = products.findIndex((product) => product.currency !== currency);
  if (foreign !== -1) return { refusals: [{ type: 'mixed-currencies', step: foreign, currency }] };

  let total = 0n;
  const drafted = lines.map(({ productId, quantity }, index) => {
    const product = products[index];
    if (!product) throw new Error(`Line ${index} was not priced`);
    const { name, sku, unitPrice, asOf } = product;
    total += BigInt(quantity) * BigInt(unitPrice);
    return { productId, quantity, name, sku, unitPrice, priceAsOf: asOf };
  });
  if (total > BigInt(Number.MAX_SAFE_INTEGER)) return { refusals: [{ type: 'total-too-large' }] };
  return { reference, currency, currencyDecimals, total: Number(total), lines: drafted };
}
