import { currencies } from './currencies.ts';

/** Signs that stand for several currencies: $ for more than twenty. */
let ambiguousSigns: ReadonlySet<string> | null = null;

function sharedSigns(): ReadonlySet<string> {
  if (ambiguousSigns) return ambiguousSigns;
  const signs = new Set<string>();
  const twice = new Set<string>();
  for (const currency of currencies) {
    const sign = currencySign('en', currency, 'narrowSymbol');
    if (signs.has(sign)) twice.add(sign);
    signs.add(sign);
  }
  ambiguousSigns = twice;
  return twice;
}

/** What `Intl` writes beside an amount: "$" or "US$". */
export function currencySign(
  locale: string,
  currency: string,
  display: 'symbol' | 'narrowSymbol',
): string {
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    currencyDisplay: display,
  });
  return format.formatToParts(0).find(({ type }) => type === 'currency')?.value ?? currency;
}

/**
 * How a currency is named beside its amounts, as `Intl` calls it: the shop's own by its bare sign,
 * another by a sign that is no other's (CA$, €), else by its code.
 */
export function currencyDisplay(
  locale: string,
  currency: string,
  shopCurrency: string | null,
): 'narrowSymbol' | 'symbol' | 'code' {
  if (currency === shopCurrency) return 'narrowSymbol';
  return sharedSigns().has(currencySign(locale, currency, 'symbol')) ? 'code' : 'symbol';
}
