import { defineProblems, problemResponses, protocolProblem } from '@anaquel/jsonapi';

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
  'count-outdated': { status: 409, title: 'The stock was counted again since' },
  'stock-limit-exceeded': { status: 409, title: 'The stock would exceed its limit' },
  'product-not-active': { status: 409, title: 'The product is not for sale' },
  'price-changed': { status: 409, title: 'The price has changed' },
  'return-exceeds-sale': { status: 409, title: 'More units would be returned than were sold' },
  'reservation-expired': { status: 409, title: 'The reservation has expired' },
  'reservation-closed': { status: 409, title: 'The reservation has ended' },
  'hold-limit': { status: 409, title: 'A limit of reservations is reached' },
  'idempotency-key-reused': {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
  },
  'mixed-currencies': { status: 422, title: 'The lines have different currencies' },
  'total-too-large': { status: 422, title: 'The total is too large' },
  'catalogue-unavailable': { status: 503, title: 'The catalogue does not answer' },
  overloaded: { status: 503, title: 'Too many changes are waiting' },
  'ledger-unavailable': { status: 503, title: 'Stock cannot be changed at the moment' },
  'outcome-unknown': { status: 504, title: 'The outcome of the request is not known' },
});

const documented = defineProblems({ ...protocolProblem.entries, ...stockProblem.entries });

/** The error answers of a route, for its documentation. */
export function errorResponses(...codes: readonly (keyof typeof documented.entries)[]) {
  return problemResponses(documented, ...codes);
}
