import type { Command } from './command.ts';
import { referencesOf, type References } from './command-references.ts';
import { levelKey } from './level.ts';
import { holdingsOf, type Reservation } from './reservation.ts';
import type { SaleStatus } from './sale-status.ts';

/** So many products at most are asked for at a time. */
const MAX_UNKNOWN = 1_000;

/**
 * Due reservations that a command can't let expire, because it doesn't know whether a product that
 * would be back in stock is for sale.
 */
export interface StuckReservations {
  add(reservation: Reservation, unknown: readonly number[]): void;
  /** Whether it holds units of a level of which one of these does. */
  touch(reservation: Reservation): boolean;
  /** Whether a command that knows this might let one of them expire. */
  mayEndBy(sale: SaleStatus): boolean;
  /**
   * The products of which the command must know more; none when nothing that it does depends on
   * one of these reservations.
   */
  unknownTo(command: Command, reservations: ReadonlyMap<string, Reservation>): readonly number[];
}

export function stuckReservations(): StuckReservations {
  const ids = new Set<string>();
  const owners = new Set<string>();
  const levels = new Set<string>();
  const products = new Set<number>();

  function touch({ lines }: { readonly lines: References['levels'] }): boolean {
    return lines.some(({ productId, location }) => levels.has(levelKey(productId, location)));
  }

  function concern(command: Command, reservations: ReadonlyMap<string, Reservation>): boolean {
    const named = referencesOf(command);
    if (named.owner !== null && owners.has(named.owner)) return true;
    if (touch({ lines: named.levels })) return true;
    return named.reservations.some((id) => {
      const reservation = reservations.get(id);
      return ids.has(id) || (reservation?.status === 'active' && touch(reservation));
    });
  }

  return {
    add(reservation, unknown) {
      ids.add(reservation.id);
      owners.add(reservation.owner);
      for (const key of holdingsOf(reservation.lines).keys()) levels.add(key);
      for (const productId of unknown) if (products.size < MAX_UNKNOWN) products.add(productId);
    },
    touch,
    mayEndBy: (sale) => products.values().some(sale.knows),
    unknownTo: (command, reservations) =>
      ids.size > 0 && concern(command, reservations) ? [...products] : [],
  };
}
