import type { MoneyFault } from '../money/read-money.ts';
import type { QuantityFault } from '../money/read-quantity.ts';

/** What is wrong with a row, so that it is left out. */
export interface RowFault {
  readonly line: number;
  readonly sku: string | null;
  readonly fault:
    | 'too-many-cells'
    | 'quotes-broken'
    | 'sku-invalid'
    | 'sku-twice'
    | 'sku-taken'
    | 'product-gone'
    | 'name-invalid'
    | 'description-invalid'
    | 'price-invalid'
    | 'currency-invalid'
    | 'currency-needs-price'
    | 'status-unknown'
    | 'tags-invalid'
    | 'barcodes-invalid'
    | 'pack-size-invalid'
    | 'lead-time-invalid'
    | 'supplier-invalid'
    | 'image-invalid'
    | 'stock-invalid'
    | 'threshold-invalid'
    | 'name-and-price-needed'
    | 'outcome-unknown'
    | 'refused';
  /** Why a number is none. */
  readonly number?: MoneyFault | QuantityFault;
  /** Of the service, where it is the service that refused. */
  readonly text?: string;
}

/** What is worth a look in a row that is taken all the same. */
export interface RowWarning {
  readonly line: number;
  readonly sku: string | null;
  readonly warning:
    /** Characters were lost before the file came here. */
    | 'garbled'
    /**
     * `other` is a SKU that differs in its case, in zeros before it or in how a spreadsheet
     * writes numbers.
     */
    | 'sku-near'
    /** The SKU of the product stays: a spreadsheet has made another of it. */
    | 'sku-kept'
    /** A spreadsheet has written a number in its own way, as 5.90123E+12. */
    | 'sku-shortened'
    | 'sku-missing'
    | 'stock-negative';
  readonly other?: string;
}
