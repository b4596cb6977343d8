import { ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { valueOf, type PurchaseFilters } from '../api/index.ts';
import { download } from '../csv/export-csv.ts';
import { api } from '../gateway.ts';
import { useErrorText } from '../i18n/error-text.ts';
import { number } from '../i18n/format.ts';
import { salesCsv } from '../sales/sales-csv.ts';
import { useToasts } from '../stores/toasts.ts';

/** A browser holds them all at once. */
const MOST_SALES = 10_000;

/** Writes the sales that filters leave into a file, the latest first. */
export function useSalesExport(filters: () => PurchaseFilters) {
  const { t } = useI18n();
  const toasts = useToasts();
  const describe = useErrorText();
  const isExporting = ref(false);

  async function exportSales(timeZone: string): Promise<void> {
    isExporting.value = true;
    try {
      // One more than the file has room for tells whether it is whole.
      const sales = valueOf(await api.everyPurchase(filters(), { most: MOST_SALES + 1 }));
      download('anaquel-sales.csv', salesCsv(sales.slice(0, MOST_SALES), timeZone));
      if (sales.length > MOST_SALES)
        toasts.show('error', t('manage.salesCsvCut', { count: number(MOST_SALES) }));
    } catch (failure) {
      toasts.show('error', describe(failure).title);
    } finally {
      isExporting.value = false;
    }
  }
  return { isExporting, exportSales };
}
