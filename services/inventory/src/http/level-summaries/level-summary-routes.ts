import {
  comparedBy,
  declareList,
  ids,
  listedResourceRoute,
  oneOf,
  timestamp,
} from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import type { LedgerReader } from '../../application/ledger.ts';
import { boundsOf, pageBetween } from '../../application/whole-lists.ts';
import { levelSummaries } from '../../domain/level-summary.ts';
import { createShopDays } from '../../domain/shop-days.ts';
import type { Ports } from '../ports.ts';
import { errorResponses } from '../problems.ts';
import { summaryFilters, timeZoneMeta, wrongRange } from '../summary-filters.ts';
import { SPANS, spansOf } from './level-spans.ts';

const summaryList = declareList({
  filters: {
    product: comparedBy(ids(1), 'eq'),
    from: comparedBy(timestamp(), 'eq'),
    to: comparedBy(timestamp(), 'eq'),
    group: comparedBy(oneOf(SPANS), 'eq'),
  },
  sorts: [],
  defaultSort: [],
});

/** How the stock of a product was, hour by hour or day by day. */
export function levelSummaryRoutes(app: FastifyInstance, ports: Ports): void {
  const days = createShopDays(ports.timeZone);
  listedResourceRoute(app, ports.resources.levelSummaries, {
    path: '/level-summaries',
    tags: ['Inventories'],
    origin: (request) => ports.linkBases(request).inventory,
    list: {
      config: { scope: 'purchases:read' },
      summary: 'Sum up the stock of a product',
      description:
        'How the level of `filter[product]` stood at the end of each hour, day (the default) or week (`filter[group]`), earliest first; without `filter[product]` there are none. Days are those of the time zone `meta.timeZone`. `filter[from]` and `filter[to]` are a range of time, without its end; by default from the first movement to now. A page costs as much as it is long, however many movements there were.',
      refusals: errorResponses('invalid-parameter'),
      declaration: summaryList,
      meta: timeZoneMeta(ports),
      async run({ filters, page }) {
        const { valueOf, textOf } = summaryFilters(filters);
        // No product has the id 0.
        const productId = Number(valueOf('product') ?? 0);
        const from = textOf('from') ?? (await firstMovement(ports.reader, productId));
        const to = textOf('to') ?? ports.clock().toISOString();
        if (from !== null && from >= to) throw wrongRange('must be before "filter[to]"');
        const span = SPANS.find((one) => one === textOf('group')) ?? 'day';
        const { count, instantAt } = spansOf(span, from ?? to, to, days);
        const bounds = boundsOf(page, count, ([place]) => Number(place));
        const [start, end] = bounds;
        const instants = start < end ? placesFrom(start, end - start + 1).map(instantAt) : [];
        const ends = await ports.reader.levelBefores(productId, instants);
        const items = levelSummaries(productId, ends);
        const positions = placesFrom(start, items.length).map((place) => [place]);
        return pageBetween({ items, positions, total: count }, bounds, page);
      },
    },
  });
}

function placesFrom(start: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => start + at);
}

async function firstMovement(reader: LedgerReader, productId: number): Promise<string | null> {
  const { items } = await reader.movements({
    filters: [{ field: 'product', operator: 'eq', value: productId }],
    sort: [{ field: 'position', descending: false }],
    page: { style: 'number', number: 1, size: 1 },
  });
  return items[0]?.at ?? null;
}
