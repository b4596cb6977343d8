import { JsonApiError, protocolProblem, type Filter } from '@anaquel/jsonapi';
import Type from 'typebox';
import type { Ports } from './ports.ts';

/** What the filters of a summary say, each of which is compared by `eq` or `in` alone. */
export function summaryFilters(filters: readonly Filter[]) {
  const valueOf = (name: string) => filters.find(({ field }) => field === name)?.value;
  return {
    valueOf,
    textOf(name: string): string | undefined {
      const value = valueOf(name);
      return typeof value === 'string' ? value : undefined;
    },
  };
}

/** In `meta`: whose days the days of a summary are. */
export function timeZoneMeta({ timeZone }: Pick<Ports, 'timeZone'>) {
  return {
    schema: Type.Object({ timeZone: Type.String({ description: 'Such as Europe/Madrid.' }) }),
    value: async () => ({ timeZone }),
  };
}

/** @param what completes "filter[from]" to a sentence */
export function wrongRange(what: string): JsonApiError {
  const source = { parameter: 'filter[from]' };
  const detail = `"filter[from]" ${what}.`;
  return new JsonApiError(protocolProblem('invalid-parameter', detail, { source }));
}
