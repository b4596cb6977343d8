import { sql } from '@anaquel/runtime/sql';
import type { ListDialect } from '../sql/lists/list-dialect.ts';

export const LIST_DIALECT: ListDialect = {
  activeReservations: sql`reservations indexed by reservations_active`,
  idsOf: (ids) => sql`select value from json_each(${JSON.stringify(ids)})`,
};
