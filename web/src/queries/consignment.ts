import { useQuery } from '@pinia/colada';
import { valueOf, type Movement } from '../api/index.ts';
import { MOST_LINES } from '../receiving/consignment.ts';
import { api } from '../gateway.ts';
import { stockKeys } from './stock.ts';

const LINES_A_PAGE = 100;

/** A consignment as the ledger has it. */
export interface BookedConsignment {
  readonly reason: string | null;
  readonly actor: string;
  readonly createdAt: string;
  readonly receipts: readonly Movement[];
}

/** The consignment that a receipt belongs to: all that one person received at that moment. */
export function useBookedConsignment(movementId: () => string) {
  return useQuery({
    key: () => [...stockKeys.all, 'consignment', movementId()],
    query: ({ signal }) => loadConsignment(movementId(), signal),
  });
}

export async function loadConsignment(
  movementId: string,
  signal?: AbortSignal,
): Promise<BookedConsignment> {
  const { reason, actor, createdAt } = valueOf(await api.movement(movementId, { signal }));
  const receipts: Movement[] = [];
  for (let number = 1; number <= MOST_LINES / LINES_A_PAGE; number += 1) {
    const page = valueOf(
      await api.movements(
        { kind: 'receipt', createdAt, actor, sort: 'position', number, size: LINES_A_PAGE },
        { signal },
      ),
    );
    receipts.push(...page.items.filter((one) => one.reason === reason));
    if (page.items.length < LINES_A_PAGE) break;
  }
  return { reason, actor, createdAt, receipts };
}
