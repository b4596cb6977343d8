import { currencies } from './currencies.ts';
import { currencySign } from './currency-display.ts';

/** What people write beside what `Intl` does. */
const WRITTEN: Readonly<Record<string, string>> = {
  AUD: 'AU$ A$',
  BRL: 'R$',
  CAD: 'C$ CDN$',
  CHF: 'Fr SFr',
  CNY: '元 RMB',
  CZK: 'Kc',
  DOP: 'RD$',
  EUR: 'EURO EUROS',
  HKD: 'HK$',
  INR: 'Rs',
  ISK: 'kr',
  JPY: '円',
  KRW: '원',
  MXN: 'MX$ MN M.N.',
  NZD: 'NZ$',
  PEN: 'S/',
  PLN: 'zl',
  RUB: 'руб р',
  SGD: 'S$',
  THB: 'Baht',
  TRY: 'TL',
  TWD: 'NT$ 元',
  USD: 'US$ U$S U$D',
  UYU: '$U',
  VND: 'đ VNĐ',
};

const signsByCurrency = new Map<string, ReadonlySet<string>>();

/**
 * All that stands for a currency beside an amount: its code and the signs of its own country and of
 * where someone reads.
 */
function signsOf(currency: string, locale: string | null): ReadonlySet<string> {
  const key = `${currency} ${locale ?? ''}`;
  let signs = signsByCurrency.get(key);
  if (signs === undefined) {
    const country = currency.slice(0, 2);
    const locales = [locale ?? 'en', 'en', 'es', 'es-419', `en-${country}`, `es-${country}`];
    const written = locales.flatMap((one) =>
      (['symbol', 'narrowSymbol'] as const).map((display) => currencySign(one, currency, display)),
    );
    const more = WRITTEN[currency]?.split(' ') ?? [];
    signs = new Set([currency, ...written, ...more].map(keyOf));
    signsByCurrency.set(key, signs);
  }
  return signs;
}

/**
 * Signs are compared without blanks, a last point and case; those of one letter with it, as 5k is
 * no amount of kina.
 */
function keyOf(sign: string): string {
  const bare = sign.replace(/\s/g, '').replace(/\.$/, '');
  return bare.length > 1 ? bare.toUpperCase() : bare;
}

/** Whether a text beside an amount names this currency: "$", "USD", "US$", "$ USD" of USD. */
export function isSignOf(currency: string, text: string, locale: string | null): boolean {
  const signs = signsOf(currency, locale);
  const key = keyOf(text);
  if (signs.has(key)) return true;
  if (key.startsWith(currency)) return signs.has(keyOf(key.slice(currency.length)));
  return key.endsWith(currency) && signs.has(keyOf(key.slice(0, -currency.length)));
}

/** The currencies that all these texts name. */
export function currenciesNamed(texts: readonly string[], locale: string | null): string[] {
  return currencies.filter((one) => texts.every((text) => isSignOf(one, text, locale)));
}
