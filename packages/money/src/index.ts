export { majorUnits, MAX_PRICE, minorUnits, type MinorUnits } from './amounts.ts';
export { currencyDecimals, MAX_DECIMALS } from './currencies.ts';
