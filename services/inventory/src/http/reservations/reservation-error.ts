import { protocolProblem, type ErrorObject } from '@anaquel/jsonapi';
import type { RequestRefusal } from '../../application/request-outcome.ts';
import { assertNever } from '../../domain/assert-never.ts';
import type { HoldLimitRefusal } from '../../domain/hold-limits.ts';
import { stockProblem } from '../problems.ts';

/** A refusal about a reservation. */
type ReservationRefusal = Extract<
  RequestRefusal,
  {
    type: 'reservation-not-found' | 'reservation-expired' | 'reservation-closed' | 'hold-limit';
  }
>;

export function reservationError(refusal: ReservationRefusal): ErrorObject {
  switch (refusal.type) {
    case 'reservation-not-found':
      return protocolProblem(
        'not-found',
        'There is no reservation with this id, or it is not yours. GET /api/v1/reservations lists yours.',
      );
    case 'reservation-expired':
      return stockProblem(
        'reservation-expired',
        'It holds no units any more. Make a new reservation.',
      );
    case 'reservation-closed': {
      const { status } = refusal;
      return stockProblem(
        'reservation-closed',
        `The reservation is already ${status}. Make a new one.`,
        { meta: { status } },
      );
    }
    case 'hold-limit': {
      const { limit, maximum, held, requested } = refusal;
      return stockProblem('hold-limit', holdAdvice(refusal), {
        meta: { limit, maximum, held, requested },
      });
    }
    default:
      return assertNever(refusal);
  }
}

function holdAdvice({ limit, maximum, held, requested }: HoldLimitRefusal): string {
  const rest = maximum - held;
  const free = 'confirm or release a reservation, or wait until one expires';
  switch (limit) {
    case 'active':
      return `At most ${countOf(maximum, 'reservation')} can be open at a time, and you have ${held}: ${free}.`;
    case 'minutes':
      return rest > 0
        ? `A reservation holds for at most ${countOf(maximum, 'minute')} from its creation. Ask for at most ${rest * 60} seconds.`
        : `A reservation holds for at most ${countOf(maximum, 'minute')} from its creation, and they are nearly over: confirm or release this one.`;
    case 'units':
    case 'lines': {
      const most = `At most ${countOf(maximum, limit === 'units' ? 'unit' : 'line')} can be held at a time`;
      return rest > 0
        ? `${most}; you hold ${held} and asked for ${requested} more. Ask for at most ${rest}, or buy without a reservation.`
        : `${most}, and you hold ${held}: ${free}.`;
    }
    default:
      return assertNever(limit);
  }
}

function countOf(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
