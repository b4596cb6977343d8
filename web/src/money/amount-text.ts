import { currencyDecimals, MAX_DECIMALS } from './currencies.ts';

/**
 * An amount as one types it there: with the currency's decimals and without groups, so that
 * `readMoney` reads it back.
 */
export function amountText(amount: number, currency: string, locale: string): string {
  return new Intl.NumberFormat(locale, {
    useGrouping: false,
    minimumFractionDigits: currencyDecimals(currency) ?? 2,
    maximumFractionDigits: MAX_DECIMALS,
  }).format(amount);
}
