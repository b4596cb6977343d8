import { pageParameters, readList, V1, type Client, type Options, type Page } from './client.ts';
import { reader, resourceOf, type ResourceObject } from './documents.ts';

/** How the level of a product stood at the end of a span of time. */
export interface LevelSummary {
  /** An instant, as is `to`, which is no part of the span. */
  readonly from: string;
  readonly to: string;
  readonly onHand: number;
  readonly available: number;
  /** How many there were within. */
  readonly movements: number;
}

export interface LevelSummaryQuery extends Page {
  readonly productId: string;
  readonly group: 'hour' | 'day' | 'week';
  /** The first movement when left out, as the present is for `to`. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

function toLevelSummary(resource: ResourceObject): LevelSummary {
  const read = reader(resourceOf('level-summaries', resource).attributes);
  return {
    from: read.text('from'),
    to: read.text('to'),
    onHand: read.number('onHand'),
    available: read.number('available'),
    movements: read.number('movements'),
  };
}

export function levelSummaryCalls({ ask }: Client) {
  return {
    levelSummaries: (query: LevelSummaryQuery, { signal }: Options = {}) =>
      ask(
        {
          path: `${V1}/level-summaries`,
          query: {
            ...pageParameters(query),
            'filter[product]': query.productId,
            'filter[group]': query.group,
            'filter[from]': query.from,
            'filter[to]': query.to,
          },
          signal,
        },
        readList(toLevelSummary),
      ),
  };
}
