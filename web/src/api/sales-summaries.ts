import { pageParameters, readList, V1, type Client, type Options, type Page } from './client.ts';
import { reader, resourceOf, type ResourceObject } from './documents.ts';

/** What was sold in one currency: on a day, of a product or in all. */
export interface SalesSummary {
  /** For example `2026-11-29-USD`, `7-USD` of product 7, or `USD`. */
  readonly id: string;
  /** In the time zone of the shop, `YYYY-MM-DD`. */
  readonly day: string | null;
  readonly productId: string | null;
  readonly name: string | null;
  readonly currency: string;
  readonly sales: number;
  readonly units: number;
  readonly returnedUnits: number;
  /** In major units, less what was given back for returned units. */
  readonly revenue: number;
}

export interface SalesSummaryFilters {
  /** An instant, as is `to`, which is not part of the range. */
  readonly from?: string;
  readonly to?: string;
  readonly group: 'day' | 'product' | 'currency';
  /** Of this product alone. */
  readonly product?: string | undefined;
}

export interface SalesSummaryQuery extends SalesSummaryFilters, Page {}

function toSalesSummary(resource: ResourceObject): SalesSummary {
  const read = reader(resourceOf('sales-summaries', resource).attributes);
  return {
    id: resource.id,
    day: read.textOrNull('day'),
    productId: read.textOrNull('productId'),
    name: read.textOrNull('name'),
    currency: read.text('currency'),
    sales: read.number('sales'),
    units: read.number('units'),
    returnedUnits: read.number('returnedUnits'),
    revenue: read.number('revenue'),
  };
}

const PATH = `${V1}/sales-summaries`;

function filterParameters({ from, to, group, product }: SalesSummaryFilters) {
  return {
    'filter[from]': from,
    'filter[to]': to,
    'filter[group]': group,
    'filter[product]': product,
  };
}

export function salesSummaryCalls({ ask, everyOne }: Client) {
  return {
    salesSummaries: (query: SalesSummaryQuery, { signal }: Options = {}) =>
      ask(
        {
          path: PATH,
          query: { ...pageParameters(query), ...filterParameters(query) },
          signal,
        },
        readList(toSalesSummary),
      ),
    /** However many there are; about the first `most` of them. */
    everySalesSummary: (
      filters: SalesSummaryFilters,
      options: Options & { readonly most: number },
    ) => everyOne(PATH, toSalesSummary, { ...options, query: filterParameters(filters) }),
  };
}
