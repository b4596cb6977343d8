import {
  comparedBy,
  declareList,
  ids,
  oneOf,
  listedResourceRoute,
  timestamp,
} from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import { MAX_SALES, SALES_GROUPS } from '../../domain/sales-summary.ts';
import { MAX_IDS } from '../lists.ts';
import type { Ports } from '../ports.ts';
import { errorResponses } from '../problems.ts';
import { summaryFilters, timeZoneMeta, wrongRange } from '../summary-filters.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const MAX_DAYS = 366;
const DEFAULT_DAYS = 28;

const summaryList = declareList({
  filters: {
    from: comparedBy(timestamp(), 'eq'),
    to: comparedBy(timestamp(), 'eq'),
    group: comparedBy(oneOf(SALES_GROUPS), 'eq'),
    product: comparedBy(ids(MAX_IDS), 'in'),
  },
  sorts: [],
  defaultSort: [],
});

/** What was sold, by day, by product or in all. */
export function salesSummaryRoutes(app: FastifyInstance, ports: Ports): void {
  const { reader, timeZone } = ports;
  listedResourceRoute(app, ports.resources.salesSummaries, {
    path: '/sales-summaries',
    tags: ['Purchases'],
    origin: (request) => ports.linkBases(request).inventory,
    list: {
      config: { scope: 'purchases:read' },
      summary: 'Sum up sales',
      description: `By day (\`filter[group]=day\`, in the time zone \`meta.timeZone\`) by product (\`product\`), the one that brought most first, or in all (\`currency\`); each currency on its own. With \`filter[product]\` the lines of these products alone are counted. \`filter[from]\` and \`filter[to]\` are a range of time, without its end: at most ${MAX_DAYS} days and ${MAX_SALES} sales; by default the last ${DEFAULT_DAYS} days. What had neither sales nor returns is not in it. Returns count when they come back.`,
      refusals: errorResponses('invalid-parameter'),
      declaration: summaryList,
      meta: timeZoneMeta(ports),
      async run({ filters, page }) {
        const { valueOf, textOf } = summaryFilters(filters);
        const to = textOf('to') ?? ports.clock().toISOString();
        const from = textOf('from') ?? before(to);
        assertRange(from, to);
        const group = SALES_GROUPS.find((one) => one === textOf('group')) ?? 'day';
        const named = valueOf('product');
        const products = Array.isArray(named) ? named.map(Number) : null;
        const request = { from, to, group, products, timeZone, page };
        const summaries = await reader.salesSummaries(request);
        if (summaries === null)
          throw wrongRange(`has more than ${MAX_SALES} sales: ask for a shorter range`);
        return summaries;
      },
    },
  });
}

function before(to: string): string {
  return new Date(Math.max(Date.parse(to) - DEFAULT_DAYS * DAY_MS, 0)).toISOString();
}

function assertRange(from: string, to: string): void {
  if (from >= to) throw wrongRange('must be before "filter[to]"');
  if (Date.parse(to) - Date.parse(from) > MAX_DAYS * DAY_MS)
    throw wrongRange(`must be at most ${MAX_DAYS} days before "filter[to]"`);
}
