import type { Check } from './audit-check.ts';
import { levelKey } from './level.ts';
import type { Movement } from './movement.ts';
import { holdingsOf, type Holding, type Reservation } from './reservation.ts';

/** The row that tells readers what an active reservation holds of a level. */
export interface Hold extends Holding {
  readonly reservationId: string;
  readonly expiresAt: string;
}

export interface AuditedReservation {
  readonly reservation: Reservation;
  /** Whether the purchase that it names exists. */
  readonly purchaseExists: boolean;
}

interface ReservedUnits {
  readonly productId: number;
  readonly reservationId: string;
  readonly quantity: number;
}

/** Compares the units that movements reserve, those of active reservations, and the holds. */
export function startReservationAudit(check: Check) {
  // An entry goes when nothing of it is reserved: memory grows with the active reservations.
  const reservedUnits = new Map<string, ReservedUnits>();
  const holds = new Map<string, Hold>();

  function nameOf(reservationId: string, productId: number, location: string): string {
    return `${reservationId} ${levelKey(productId, location)}`;
  }

  function textOf(hold: { quantity: number; expiresAt: string } | undefined): string {
    return hold ? `${hold.quantity} until ${hold.expiresAt}` : 'no hold';
  }

  return {
    movement({ reservationId, productId, location, reservedDelta }: Movement): void {
      if (reservationId === null) return;
      const name = nameOf(reservationId, productId, location);
      const quantity = (reservedUnits.get(name)?.quantity ?? 0) + reservedDelta;
      if (quantity === 0) reservedUnits.delete(name);
      else reservedUnits.set(name, { productId, reservationId, quantity });
    },
    hold(hold: Hold): void {
      holds.set(nameOf(hold.reservationId, hold.productId, hold.location), hold);
    },
    reservation({ reservation, purchaseExists }: AuditedReservation): void {
      const { id, status, lines, expiresAt, purchaseId } = reservation;
      const place = { reservationId: id };
      for (const { productId, location, quantity } of holdingsOf(lines).values()) {
        const name = nameOf(id, productId, location);
        const expected = status === 'active' ? quantity : 0;
        check(
          'reservation-holds',
          productId,
          reservedUnits.get(name)?.quantity ?? 0,
          expected,
          place,
        );
        const hold = expected > 0 ? { quantity: expected, expiresAt } : undefined;
        check('reservation-holds', productId, textOf(hold), textOf(holds.get(name)), place);
        reservedUnits.delete(name);
        holds.delete(name);
      }
      const expected = status === 'confirmed' ? 'a purchase' : 'no purchase';
      const purchase = purchaseExists ? 'a purchase' : `purchase ${purchaseId}, which is not there`;
      const actual = purchaseId === null ? 'no purchase' : purchase;
      check('reservation-purchase', null, expected, actual, place);
    },
    /** After all reservations. What remains belongs to none. */
    finish(): void {
      for (const { productId, quantity, reservationId } of reservedUnits.values()) {
        check('reservation-holds', productId, quantity, 'no such line', { reservationId });
      }
      for (const hold of holds.values()) {
        const { productId, reservationId } = hold;
        check('reservation-holds', productId, 'no hold', textOf(hold), { reservationId });
      }
    },
  };
}
