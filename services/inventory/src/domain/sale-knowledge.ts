/** What a command knows of which products are for sale. */
export interface SaleKnowledge {
  /** `others`: all that are not among `notForSale`. */
  readonly forSale: readonly number[] | 'others';
  readonly notForSale: readonly number[];
}

export const NOTHING_KNOWN: SaleKnowledge = { forSale: [], notForSale: [] };
