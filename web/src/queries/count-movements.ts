import type { Movement } from '../api/index.ts';
import { countedItems, type CountSession } from '../counting/count-session.ts';
import { api } from '../gateway.ts';

const IDS_A_REQUEST = 100;
const MOVEMENTS_A_PAGE = 100;
/** The latest of so many movements are read for each hundred products. */
const MOST_PAGES = 10;

/**
 * What moved since a session began of the products that were counted, as far as the shop answers:
 * without a connection nothing, and a difference is then one from what was on hand at its
 * beginning.
 */
export async function movementsSince(session: CountSession): Promise<readonly Movement[]> {
  const ids = countedItems(session).map(({ productId }) => productId);
  const movements: Movement[] = [];
  for (let start = 0; start < ids.length; start += IDS_A_REQUEST)
    for (let number = 1; number <= MOST_PAGES; number += 1) {
      const page = await api.movements({
        productIds: ids.slice(start, start + IDS_A_REQUEST),
        from: session.startedAt,
        sort: '-position',
        number,
        size: MOVEMENTS_A_PAGE,
      });
      if (!page.ok) return movements;
      movements.push(...page.value.items);
      if (page.value.items.length < MOVEMENTS_A_PAGE) break;
    }
  return movements;
}
