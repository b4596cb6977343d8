import { majorUnits } from '@anaquel/money';
import { MAIN_LOCATION } from '../domain/level.ts';
import { accepted, refused, type Accepted, type Outcome } from '../domain/outcome.ts';
import type { PurchaseDraft } from '../domain/purchase.ts';
import type { CatalogueAnswer, CatalogueProduct, ProductCatalogue } from './product-catalogue.ts';
import type { RequestRefusal } from './request-outcome.ts';

export interface RequestedLine {
  readonly productId: number;
  /** 1 to 1,000,000 units. */
  readonly quantity: number;
  /** The unit price that the buyer saw; null for any price. */
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

/** The lines as the fingerprint has them: without prices. */
export function withoutPrices(
  lines: readonly RequestedLine[],
): { productId: number; quantity: number }[] {
  return lines.map(({ productId, quantity }) => ({ productId, quantity }));
}

/**
 * What `priceLines` gives when nobody has to be asked for it, and then at once: most purchases are
 * of products that are known. Else null, also for what can't be sold.
 */
export function priceKnownLines(
  catalogue: Pick<ProductCatalogue, 'lookUpFresh'>,
  lines: readonly RequestedLine[],
  reference: string | null,
): Accepted<PurchaseDraft> | null {
  const answers = catalogue.lookUpFresh(lines.map(({ productId }) => productId));
  const draft = answers && draftFrom(lines, answers, reference);
  return draft?.ok ? draft : null;
}

/**
 * The lines at the prices of Products, with their total, or why they cannot be sold. The prices may
 * be a few seconds old; before it refuses for one of those, it asks Products once more.
 */
export async function priceLines(
  catalogue: Pick<ProductCatalogue, 'lookUp'>,
  lines: readonly RequestedLine[],
  reference: string | null,
): Promise<Outcome<PurchaseDraft, RequestRefusal>> {
  const ids = lines.map(({ productId }) => productId);
  const draft = draftFrom(lines, await catalogue.lookUp(ids), reference);
  const mayHaveChanged = !draft.ok && draft.refusals.some(({ type }) => CHANGING.has(type));
  return mayHaveChanged ? draftFrom(lines, await catalogue.lookUp(ids, 'now'), reference) : draft;
}

const CHANGING: ReadonlySet<RequestRefusal['type']> = new Set([
  'price-changed',
  'product-not-active',
  'mixed-currencies',
  'total-too-large',
]);

function draftFrom(
  lines: readonly RequestedLine[],
  answers: readonly CatalogueAnswer[],
  reference: string | null,
): Outcome<PurchaseDraft, RequestRefusal> {
  const products = productsFor(lines, answers);
  return products.ok ? draftPurchase(products.result, reference) : products;
}

interface ProductLine extends RequestedLine {
  readonly product: CatalogueProduct;
}

function productsFor(
  lines: readonly RequestedLine[],
  answers: readonly CatalogueAnswer[],
): Outcome<readonly ProductLine[], RequestRefusal> {
  const productLines: ProductLine[] = [];
  const refusals: RequestRefusal[] = [];
  for (const [step, line] of lines.entries()) {
    const { productId, expected } = line;
    const answer = answers[step] ?? { type: 'unavailable' };
    if (answer.type === 'unavailable') return refused({ type: 'catalogue-unavailable' });
    if (answer.type === 'not-found') {
      refusals.push({ type: 'product-not-found', step, productId });
      continue;
    }
    const { product } = answer;
    if (product.status !== 'active') refusals.push({ type: 'product-not-active', step, productId });
    else if (expected) {
      const { name, currency } = product;
      const price = majorUnits(product.unitPrice, product.currencyDecimals);
      if (!matches(expected, price, currency))
        refusals.push({ type: 'price-changed', step, productId, name, price, currency });
    }
    productLines.push({ ...line, product });
  }
  return refusals.length > 0 ? refused(...refusals) : accepted(productLines);
}

/**
 * A binary number always keeps this many decimal digits, more than any price has. Digits after them
 * come from arithmetic, as in 0.1 + 0.2, and don't count (docs/decisions/0028).
 */
const SURE_DIGITS = 15;

function matches(expected: ExpectedPrice, price: number, currency: string): boolean {
  const expectedPrice = Number(expected.price.toPrecision(SURE_DIGITS));
  return expectedPrice === price && (expected.currency ?? currency) === currency;
}

function draftPurchase(
  lines: readonly ProductLine[],
  reference: string | null,
): Outcome<PurchaseDraft, RequestRefusal> {
  const { currency = '', currencyDecimals = 0 } = lines[0]?.product ?? {};
  const foreign = lines.findIndex(({ product }) => product.currency !== currency);
  if (foreign !== -1) return refused({ type: 'mixed-currencies', step: foreign, currency });

  // Numbers are exact up to the limit, and a sum beyond it stays beyond it.
  let total = 0;
  const drafts = lines.map(({ productId, quantity, product }) => {
    const { name, sku, unitPrice, asOf: priceAsOf } = product;
    total += quantity * unitPrice;
    const location = MAIN_LOCATION;
    return { productId, quantity, name, sku, unitPrice, priceAsOf, location };
  });
  if (total > Number.MAX_SAFE_INTEGER) return refused({ type: 'total-too-large' });
  const money = { currency, currencyDecimals, total };
  return accepted({ reference, ...money, lines: drafts });
}
