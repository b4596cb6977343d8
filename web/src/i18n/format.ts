import { decimalsOf } from '../money/amounts.ts';
import { currencyDecimals } from '../money/currencies.ts';
import { currencyDisplay } from '../money/currency-display.ts';
import { shopCurrency } from '../money/shop-currency.ts';
import { region } from './index.ts';

/**
 * Formats for people, of the present region; reactive to it. Making one is slow, so each is made
 * once.
 */
const formatters = new Map<
  string,
  Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat
>();

function once<Format extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(
  name: string,
  make: (locale: string) => Format,
): Format {
  const key = `${region.value} ${name}`;
  let format = formatters.get(key) as Format | undefined;
  if (format === undefined) {
    format = make(region.value);
    formatters.set(key, format);
  }
  return format;
}

export function number(value: number): string {
  return once('number', (locale) => new Intl.NumberFormat(locale)).format(value);
}

/** With so many decimals and without groups, as one types it. */
export function decimal(value: number, decimals: number): string {
  return once(`decimal ${decimals}`, (locale) => {
    const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    return new Intl.NumberFormat(locale, { useGrouping: false, ...digits });
  }).format(value);
}

/** The lines of a sale in one. */
export function linesText(lines: readonly { quantity: number; name: string }[]): string {
  return lines.map(({ quantity, name }) => `${number(quantity)} × ${name}`).join(', ');
}

/** With its sign, as changes are written. */
export function signed(value: number): string {
  return once(
    'signed',
    (locale) => new Intl.NumberFormat(locale, { signDisplay: 'exceptZero' }),
  ).format(value);
}

/**
 * With the decimals of its currency by ISO 4217, which `Intl` doesn't keep to, and no sign that
 * could be another currency's.
 */
export function money(amount: number, currency: string): string {
  const decimals = Math.max(currencyDecimals(currency) ?? 2, decimalsOf(amount));
  const own = shopCurrency.value;
  return once(
    `money ${currency} ${decimals} ${own}`,
    (locale) =>
      new Intl.NumberFormat(locale, {
        style: 'currency',
        currency,
        currencyDisplay: currencyDisplay(locale, currency, own),
        minimumFractionDigits: decimals,
        maximumFractionDigits: decimals,
      }),
  ).format(amount);
}

export function date(time: string): string {
  return once('date', (locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })).format(
    new Date(time),
  );
}

/** A day, `YYYY-MM-DD`, without its year. */
export function dayAndMonth(day: string): string {
  return once(
    'dayAndMonth',
    (locale) =>
      new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' }),
  ).format(new Date(day));
}

/** The name of a day, `YYYY-MM-DD`. */
export function weekday(day: string): string {
  return once(
    'weekday',
    (locale) => new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone: 'UTC' }),
  ).format(new Date(day));
}

/** A part of one, as in "+12%". */
export function percentChange(part: number): string {
  return once(
    'percentChange',
    (locale) =>
      new Intl.NumberFormat(locale, {
        style: 'percent',
        maximumFractionDigits: 0,
        signDisplay: 'exceptZero',
      }),
  ).format(part);
}

export function dateTime(time: string): string {
  return once(
    'dateTime',
    (locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }),
  ).format(new Date(time));
}

export function clockTime(time: string | number): string {
  return once(
    'clockTime',
    (locale) => new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }),
  ).format(new Date(time));
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** As in "5 minutes ago". */
export function relative(time: string, nowMs: number): string {
  const seconds = Math.round((Date.parse(time) - nowMs) / 1_000);
  const [unit, size] = UNITS.find(([, of]) => Math.abs(seconds) >= of) ?? ['second', 1];
  return once(
    'relative',
    (locale) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }),
  ).format(Math.round(seconds / size), unit);
}

/** The same for what has happened: a clock that is looked at now and then never sees the future. */
export function ago(time: string, nowMs: number): string {
  return relative(time, Math.max(nowMs, Date.parse(time)));
}

/** As "9:05". */
export function countdown(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
