/** The first rows of an order, found among any number of rows that come in another one. */
export interface FirstRows<Row> {
  add(row: Row): void;
  /** Those behind the first `skipped` ones, in their order. Ends the search. */
  behind(skipped: number): Row[];
}

/**
 * Keeps `limit` rows and no more: a heap with the last one of them on top, so that most rows are
 * dismissed by one comparison.
 */
export function createFirstRows<Row>(
  limit: number,
  compare: (a: Row, b: Row) => number,
): FirstRows<Row> {
  const heap: Row[] = [];
  const at = (index: number): Row => heap[index] as Row;
  const isAfter = (a: number, b: number): boolean => compare(at(a), at(b)) > 0;

  function swap(a: number, b: number): void {
    const row = at(a);
    heap[a] = at(b);
    heap[b] = row;
  }

  function rise(from: number): void {
    for (let child = from; child > 0;) {
      const parent = (child - 1) >> 1;
      if (!isAfter(child, parent)) return;
      swap(child, parent);
      child = parent;
    }
  }

  function sink(): void {
    for (let parent = 0; ;) {
      const [left, right] = [2 * parent + 1, 2 * parent + 2];
      if (left >= heap.length) return;
      const child = right < heap.length && isAfter(right, left) ? right : left;
      if (!isAfter(child, parent)) return;
      swap(child, parent);
      parent = child;
    }
  }

  function takeLast(): Row {
    swap(0, heap.length - 1);
    const last = heap.pop() as Row;
    sink();
    return last;
  }

  return {
    add(row) {
      if (heap.length < limit) {
        heap.push(row);
        rise(heap.length - 1);
      } else if (limit > 0 && compare(row, at(0)) < 0) {
        heap[0] = row;
        sink();
      }
    },
    behind(skipped) {
      const rows: Row[] = [];
      while (heap.length > skipped) rows.push(takeLast());
      return rows.reverse();
    },
  };
}
