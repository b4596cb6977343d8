import type { ListPage, PageRequest, RowPosition } from '@anaquel/jsonapi';

/** Where a page begins and ends among all, from 0. */
type Bounds = readonly [start: number, end: number];

/** A page of a list that was made as a whole. A position is what `idOf` says of the item there. */
export function pageOf<Item>(
  all: readonly Item[],
  page: PageRequest,
  idOf: (item: Item) => string,
): ListPage<Item> {
  const placeOf = ([id]: RowPosition) => all.findIndex((item) => idOf(item) === id);
  const bounds = boundsOf(page, all.length, placeOf);
  const items = all.slice(...bounds);
  return pageBetween(
    { items, positions: items.map((item) => [idOf(item)]), total: all.length },
    bounds,
    page,
  );
}

/** A page of a list of which these items were made. */
export function pageBetween<Item>(
  list: {
    readonly items: readonly Item[];
    readonly positions: readonly RowPosition[];
    readonly total: number;
  },
  [start, end]: Bounds,
  page: PageRequest,
): ListPage<Item> {
  const { items, positions, total } = list;
  return {
    items,
    ...(page.style === 'cursor' && { positions }),
    total,
    totalIsCapped: false,
    hasPrevious: start > 0 && total > 0,
    hasNext: end < total,
  };
}

export function boundsOf(
  page: PageRequest,
  total: number,
  placeOf: (position: RowPosition) => number,
): Bounds {
  const [start, end] = wantedBounds(page, placeOf);
  return [Math.min(start, total), Math.min(end, total)];
}

function wantedBounds(page: PageRequest, placeOf: (position: RowPosition) => number): Bounds {
  if (page.style === 'number') return [(page.number - 1) * page.size, page.number * page.size];
  if (page.before !== null) {
    const end = Math.max(placeOf(page.before), 0);
    return [Math.max(end - page.size, 0), end];
  }
  const start = page.after === null ? 0 : placeOf(page.after) + 1;
  return [start, start + page.size];
}
