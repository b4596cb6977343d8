import {
  comparedBy,
  declareList,
  JsonApiError,
  oneOf,
  protocolProblem,
  listedResourceRoute,
  timestamp,
  type ListPage,
  type PageRequest,
} from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { MAX_SALES, summarizeSales } from '../../application/summarize-sales.ts';
import { SALES_GROUPS, type SalesSummary } from '../../domain/sales-summary.ts';
import type { Ports } from '../ports.ts';
import { errorResponses } from '../problems.ts';
import { createDayOf } from './shop-days.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const MAX_DAYS = 366;
const DEFAULT_DAYS = 28;

const summaryList = declareList({
  filters: {
    from: comparedBy(timestamp(), 'eq'),
    to: comparedBy(timestamp(), 'eq'),
    group: comparedBy(oneOf(SALES_GROUPS), 'eq'),
  },
  sorts: [],
  defaultSort: [],
});

/** What was sold, by day or by product. */
export function salesSummaryRoutes(app: FastifyInstance, ports: Ports): void {
  const dayOf = createDayOf(ports.timeZone);
  listedResourceRoute(app, ports.resources.salesSummaries, {
    path: '/sales-summaries',
    tags: ['Purchases'],
    origin: (request) => ports.linkBases(request).inventory,
    list: {
      config: { scope: 'purchases:read' },
      summary: 'Sum up sales',
      description: `By day (\`filter[group]=day\`, in the time zone \`meta.timeZone\`) or by product, the one that brought most first; each currency on its own. \`filter[from]\` and \`filter[to]\` are a range of time, without its end: at most ${MAX_DAYS} days and ${MAX_SALES} sales; by default the last ${DEFAULT_DAYS} days. A day or a product without sales and returns is not in it. Returns count when they come back.`,
      refusals: errorResponses('invalid-parameter'),
      declaration: summaryList,
      meta: {
        schema: Type.Object({ timeZone: Type.String({ description: 'Such as Europe/Madrid.' }) }),
        value: async () => ({ timeZone: ports.timeZone }),
      },
      async run({ filters, page }) {
        const valueOf = (name: string) => filters.find(({ field }) => field === name)?.value;
        const to = valueOf('to') ?? ports.clock().toISOString();
        const from = valueOf('from') ?? before(to);
        assertRange(from, to);
        const group = SALES_GROUPS.find((one) => one === valueOf('group')) ?? 'day';
        const summaries = await summarizeSales(ports, { from, to, group }, dayOf);
        if (summaries === null)
          throw wrongRange(`has more than ${MAX_SALES} sales: ask for a shorter range`);
        return pageOf(summaries, page);
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

function wrongRange(what: string): JsonApiError {
  const source = { parameter: 'filter[from]' };
  return new JsonApiError(
    protocolProblem('invalid-parameter', `"filter[from]" ${what}.`, { source }),
  );
}

/** A page of what was summed up as a whole. A position is the id of the summary there. */
function pageOf(all: readonly SalesSummary[], page: PageRequest): ListPage<SalesSummary> {
  const [start, end] = boundsOf(all, page);
  const items = all.slice(start, end);
  return {
    items,
    ...(page.style === 'cursor' && { positions: items.map(({ id }) => [id]) }),
    total: all.length,
    totalIsCapped: false,
    hasPrevious: start > 0 && all.length > 0,
    hasNext: end < all.length,
  };
}

/** Where a page begins and ends among all. */
function boundsOf(all: readonly SalesSummary[], page: PageRequest): readonly [number, number] {
  if (page.style === 'number') return [(page.number - 1) * page.size, page.number * page.size];
  const placeOf = ([id]: readonly unknown[]) => all.findIndex((summary) => summary.id === id);
  if (page.before !== null) {
    const end = Math.max(placeOf(page.before), 0);
    return [Math.max(end - page.size, 0), end];
  }
  const start = page.after === null ? 0 : placeOf(page.after) + 1;
  return [start, start + page.size];
}
