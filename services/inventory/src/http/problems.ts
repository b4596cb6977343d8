import {
  defineProblems,
  JsonApiError,
  protocolProblem,
  type ErrorObject,
  type ErrorSource,
} from '@anaquel/jsonapi';
import { assertNever } from '../domain/assert-never.ts';
import { MAX_ON_HAND } from '../domain/level.ts';
import type { RequestRefusal } from '../application/request-outcome.ts';
import type { HoldLimitRefusal } from '../domain/hold-limits.ts';

/**
 * The errors that this service adds to those of the protocol. Codes never change; `/docs` lists
 * them.
 */
export const stockProblem = defineProblems({
  'idempotency-key-required': { status: 400, title: 'An Idempotency-Key is required' },
  'product-not-found': { status: 404, title: 'There is no such product' },
  'not-tracked': { status: 404, title: 'The stock of this product is not tracked' },
  'already-tracked': { status: 409, title: 'The stock of this product is tracked already' },
  'insufficient-stock': { status: 409, title: 'There is not enough stock' },
  'count-below-reserved': { status: 409, title: 'The count is lower than what is reserved' },
  'stock-limit-exceeded': { status: 409, title: 'The stock would pass its limit' },
  'product-not-active': { status: 409, title: 'The product is not for sale' },
  'price-changed': { status: 409, title: 'The price has changed' },
  'return-exceeds-sale': { status: 409, title: 'More would be returned than was sold' },
  'reservation-expired': { status: 409, title: 'The reservation has expired' },
  'reservation-closed': { status: 409, title: 'The reservation has ended' },
  'hold-limit': { status: 409, title: 'No more can be held' },
  'idempotency-key-reused': {
    status: 422,
    title: 'The Idempotency-Key stands for another request',
  },
  'mixed-currencies': { status: 422, title: 'The lines have different currencies' },
  'total-too-large': { status: 422, title: 'The total is too large' },
  'catalogue-unavailable': { status: 503, title: 'The catalogue cannot be asked' },
  overloaded: { status: 503, title: 'Too many changes are waiting' },
  'ledger-unavailable': { status: 503, title: 'The ledger cannot write at the moment' },
});

/** What in the request a refusal is about: the step it names, and why it was refused. */
export type SourceOf = (step: number, type: RequestRefusal['type']) => ErrorSource | undefined;

const RETRY_AFTER_SECONDS = '1';

/** The one place where refusals become HTTP. */
export function refusalError(
  refusals: readonly RequestRefusal[],
  sourceOf: SourceOf,
): JsonApiError {
  const errors = new Map<string, ErrorObject>();
  for (const refusal of refusals) {
    const source = 'step' in refusal ? sourceOf(refusal.step, refusal.type) : sourceBeside(refusal);
    const error = { ...errorOf(refusal), ...(source && { source }) };
    // Two steps of one request may fail for one reason, which is told once.
    errors.set(JSON.stringify(error), error);
  }
  const list = [...errors.values()];
  const unavailable = list.some((error) => error.status === '503');
  return new JsonApiError(list, unavailable ? { 'retry-after': RETRY_AFTER_SECONDS } : {});
}

/** Of a refusal that is about no step. */
function sourceBeside(refusal: RequestRefusal): ErrorSource | undefined {
  if (refusal.type === 'idempotency-key-reused') return { header: 'Idempotency-Key' };
  if (refusal.type !== 'hold-limit' || refusal.limit === 'active') return undefined;
  const attribute = refusal.limit === 'minutes' ? 'expiresInSeconds' : 'lines';
  return { pointer: `/data/attributes/${attribute}` };
}

/** `product 15`, or `"Enamel Mug" (product 15)` where the name may be told. */
function productNamed(productId: number, name: string | undefined): string {
  return name === undefined ? `product ${productId}` : `"${name}" (product ${productId})`;
}

function were(count: number): string {
  return count === 1 ? 'was' : 'were';
}

function errorOf(refusal: RequestRefusal): ErrorObject {
  switch (refusal.type) {
    case 'insufficient-stock': {
      const { productId, name, requested, available } = refusal;
      const advice = available > 0 ? 'Ask for fewer.' : 'Leave it out, or come back later.';
      const asked = `${requested} of ${productNamed(productId, name)} ${were(requested)} asked for`;
      const detail = `${asked} and ${available} ${available === 1 ? 'is' : 'are'} available. ${advice}`;
      return stockProblem('insufficient-stock', detail, {
        meta: { productId: String(productId), requested, available },
      });
    }
    case 'not-tracked': {
      const detail = `Start tracking product ${refusal.productId} first: POST /api/v1/inventories.`;
      return stockProblem('not-tracked', detail);
    }
    case 'already-tracked': {
      const detail = `Change the stock of product ${refusal.productId} instead: PATCH /api/v1/inventories/${refusal.productId}.`;
      return stockProblem('already-tracked', detail);
    }
    case 'count-below-reserved': {
      const { reserved } = refusal;
      return stockProblem(
        'count-below-reserved',
        `${reserved} ${reserved === 1 ? 'unit is' : 'units are'} promised to reservations; count at least as many, or release some of those first.`,
        { meta: { reserved } },
      );
    }
    case 'stock-limit-exceeded': {
      const { onHand } = refusal;
      const detail = `A product can have at most ${MAX_ON_HAND} units on hand, and this one has ${onHand}. Add fewer.`;
      return stockProblem('stock-limit-exceeded', detail, { meta: { onHand } });
    }
    case 'version-mismatch':
      return protocolProblem(
        'precondition-failed',
        'The stock has changed since you read it. Read it again, then decide anew.',
      );
    case 'product-not-found':
      return stockProblem(
        'product-not-found',
        `There is no product ${refusal.productId}, or it was deleted. Check the id.`,
      );
    case 'product-not-active':
      return stockProblem(
        'product-not-active',
        `Product ${refusal.productId} cannot be bought while it is not active. Leave it out.`,
      );
    case 'price-changed': {
      const { price, currency, productId, name } = refusal;
      const detail = `The price of ${productNamed(productId, name)} is now ${price} ${currency}. Buy it at that price, or leave the line out.`;
      return stockProblem('price-changed', detail, {
        meta: { productId: String(productId), price, currency },
      });
    }
    case 'mixed-currencies':
      return stockProblem(
        'mixed-currencies',
        `A purchase has one currency, here ${refusal.currency}. Buy this line on its own.`,
      );
    case 'total-too-large':
      return stockProblem('total-too-large', 'Split the purchase into smaller ones.');
    case 'purchase-not-found':
      return protocolProblem(
        'not-found',
        'There is no purchase with this id. GET /api/v1/purchases lists them.',
      );
    case 'return-exceeds-sale': {
      const { productId, returnable } = refusal;
      const detail =
        returnable === 0
          ? `This purchase has no units of product ${productId} that could still be returned.`
          : `Of product ${productId} at most ${returnable} units of this purchase can still be returned.`;
      return stockProblem('return-exceeds-sale', detail, {
        meta: { productId: String(productId), returnable },
      });
    }
    case 'reservation-not-found':
      return protocolProblem(
        'not-found',
        'There is no reservation with this id, or it is not yours. GET /api/v1/reservations lists yours.',
      );
    case 'reservation-expired':
      return stockProblem(
        'reservation-expired',
        'What it held is free again. Make a new reservation.',
      );
    case 'reservation-closed': {
      const { status } = refusal;
      return stockProblem(
        'reservation-closed',
        `It was ${status} before. Make a new reservation.`,
        { meta: { status } },
      );
    }
    case 'hold-limit': {
      const { limit, maximum, held, requested } = refusal;
      return stockProblem('hold-limit', holdAdvice(refusal), {
        meta: { limit, maximum, held, requested },
      });
    }
    case 'idempotency-key-reused':
      return stockProblem(
        'idempotency-key-reused',
        'This key was used for another request. Make a new key for a new request.',
      );
    case 'catalogue-unavailable':
      return stockProblem(
        'catalogue-unavailable',
        'Products does not answer, and a product that this needs was not seen lately. Nothing was changed; try again in a moment, with the same key if you sent one.',
      );
    case 'overloaded':
      return stockProblem('overloaded', 'Nothing was changed; try again with the same key.');
    case 'ledger-unavailable':
      return stockProblem(
        'ledger-unavailable',
        'Nothing was changed; try again with the same key. Reading still works.',
      );
    case 'defect':
      return protocolProblem(
        'internal-error',
        'The request failed on the server and has been logged. Try again with the same key.',
      );
    default:
      return assertNever(refusal);
  }
}

function holdAdvice({ limit, maximum, held, requested }: HoldLimitRefusal): string {
  const left = maximum - held;
  const free = 'confirm or release a reservation, or wait until one expires';
  switch (limit) {
    case 'active':
      return `At most ${countOf(maximum, 'reservation')} can be open at a time, and you have ${held}: ${free}.`;
    case 'minutes':
      return left > 0
        ? `A reservation holds for at most ${countOf(maximum, 'minute')} from when it was made. Ask for at most ${left * 60} seconds.`
        : `A reservation holds for at most ${countOf(maximum, 'minute')} from when it was made, and they are nearly over: confirm it, or release it.`;
    case 'units':
    case 'lines': {
      const most = `At most ${countOf(maximum, limit === 'units' ? 'unit' : 'line')} can be held at a time`;
      return left > 0
        ? `${most}; you hold ${held} and asked for ${requested} more. Ask for at most ${left}, or buy without a reservation.`
        : `${most}, and you hold ${held}: ${free}.`;
    }
    default:
      return assertNever(limit);
  }
}

function countOf(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
