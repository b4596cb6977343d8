import { useI18n } from 'vue-i18n';
import type { MoneyFault } from '../money/read-money.ts';
import type { QuantityFault } from '../money/read-quantity.ts';
import { number } from './format.ts';

/** Says in the reader's language why a text is no amount or quantity, and how to write one. */
export function useNumberFaultText(): (fault: MoneyFault | QuantityFault) => string {
  const { t } = useI18n();
  return ({ fault, readings = [] }) => {
    const [first = 0, second = 0] = readings;
    return t(`numbers.${fault}`, { first: number(first), second: number(second) });
  };
}
