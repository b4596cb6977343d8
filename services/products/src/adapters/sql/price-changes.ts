import {
  filterCondition,
  readListPage,
  sortKeys,
  sql,
  tableList,
  typedPage,
  type FilterField,
  type TableDatabase,
} from '@anaquel/runtime/sql';
import type { PriceChangeFilters, PriceChanges } from '../../application/price-changes.ts';
import { CHANGE } from './change-columns.ts';

const POSITION = sql`position`;

const FIELDS: Readonly<Record<keyof PriceChangeFilters, FilterField>> = {
  product: sql`product_id`,
  createdAt: sql`at`,
};

/** As the index of such changes has it. */
const IS_OF_PRICE = sql`(price_before is not null or kind = 'created')`;

/** Those of one product have an index; among those of all one walks, the latest first. */
export function createPriceChanges(database: TableDatabase): PriceChanges {
  return {
    list({ filters, sort, page }) {
      const isOfOne = ({ field, operator }: (typeof filters)[number]) =>
        field === 'product' && operator === 'eq';
      const ofOne = filters.filter(isOfOne).map((filter) => filterCondition(filter, FIELDS));
      const others = filters.filter((filter) => !isOfOne(filter));
      const tests = others.map((filter) => filterCondition(filter, FIELDS));
      const isIndexed = ofOne.length > 0;
      return readListPage(
        tableList({
          database,
          table: sql`product_changes`,
          reader: CHANGE,
          keys: sortKeys(sort, { position: POSITION }, POSITION),
          positionOf: ({ position }) => [...sort.map(() => position), position],
          within: isIndexed ? [...ofOne, IS_OF_PRICE] : [],
          tests: isIndexed ? tests : [...tests, IS_OF_PRICE],
          sliceBy: isIndexed ? null : POSITION,
          orderedBy: isIndexed ? 'index' : 'slices',
          countAll: null,
        }),
        typedPage(page, [...sort.map(() => 'number' as const), 'number']),
      );
    },
  };
}
