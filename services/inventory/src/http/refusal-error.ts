import {
  JsonApiError,
  protocolProblem,
  type ErrorObject,
  type ErrorSource,
} from '@anaquel/jsonapi';
import type { RequestRefusal } from '../application/request-outcome.ts';
import { assertNever } from '../domain/assert-never.ts';
import { MAX_COUNT_AGE_HOURS } from '../domain/count-units.ts';
import { MAX_ON_HAND } from '../domain/level.ts';
import { stockProblem } from './problems.ts';
import { reservationError } from './reservations/reservation-error.ts';

/** The part of a request that a refusal is about, by the step and the type of the refusal. */
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
    // Two steps of one request may fail for the same reason: one error says it.
    errors.set(JSON.stringify(error), error);
  }
  const list = [...errors.values()];
  const isPassing = list.some(({ status }) => status === '503' || status === '504');
  return new JsonApiError(list, isPassing ? { 'retry-after': RETRY_AFTER_SECONDS } : {});
}

/** The source of a refusal that is about no step. */
function sourceBeside(refusal: RequestRefusal): ErrorSource | undefined {
  if (refusal.type === 'idempotency-key-reused') return { header: 'Idempotency-Key' };
  if (refusal.type !== 'hold-limit' || refusal.limit === 'active') return undefined;
  const attribute = refusal.limit === 'minutes' ? 'expiresInSeconds' : 'lines';
  return { pointer: `/data/attributes/${attribute}` };
}

/** `product 15`, or `"Enamel Mug" (product 15)` where the caller may know the name. */
function productLabel(productId: number, name: string | undefined): string {
  return name === undefined ? `product ${productId}` : `"${name}" (product ${productId})`;
}

function were(count: number): string {
  return count === 1 ? 'was' : 'were';
}

type RefusalOf<Type extends RequestRefusal['type']> = Extract<RequestRefusal, { type: Type }>;

/** A refusal about the stock of a product. */
type LevelRefusal = RefusalOf<
  | 'insufficient-stock'
  | 'not-tracked'
  | 'already-tracked'
  | 'count-below-reserved'
  | 'count-not-recent'
  | 'count-outdated'
  | 'stock-limit-exceeded'
  | 'version-mismatch'
>;
/** A refusal about what is bought, or given back. */
type SaleRefusal = RefusalOf<
  | 'product-not-found'
  | 'product-not-active'
  | 'price-changed'
  | 'mixed-currencies'
  | 'total-too-large'
  | 'purchase-not-found'
  | 'return-exceeds-sale'
>;

/** The refusals of each kind have a function. */
function errorOf(refusal: RequestRefusal): ErrorObject {
  switch (refusal.type) {
    case 'idempotency-key-reused':
      return stockProblem(
        'idempotency-key-reused',
        'This key was used for another request. Make a new key for a new request.',
      );
    case 'catalogue-unavailable':
      return stockProblem(
        'catalogue-unavailable',
        'Products does not answer, and it said nothing lately about a product of this request. Nothing was changed; try again in a moment, with the same key if you sent one.',
      );
    case 'overloaded':
      return stockProblem('overloaded', 'Nothing was changed; try again with the same key.');
    case 'ledger-unavailable':
      return stockProblem(
        'ledger-unavailable',
        'Nothing was changed; try again with the same key.',
      );
    case 'outcome-unknown':
      return stockProblem(
        'outcome-unknown',
        'The database did not say whether the change was made. Repeat it with the same key if you sent one, or check first.',
      );
    case 'defect':
      return protocolProblem(
        'internal-error',
        'The request failed on the server and has been logged. Try again with the same key.',
      );
    case 'insufficient-stock':
    case 'not-tracked':
    case 'already-tracked':
    case 'count-below-reserved':
    case 'count-not-recent':
    case 'count-outdated':
    case 'stock-limit-exceeded':
    case 'version-mismatch':
      return levelError(refusal);
    case 'product-not-found':
    case 'product-not-active':
    case 'price-changed':
    case 'mixed-currencies':
    case 'total-too-large':
    case 'purchase-not-found':
    case 'return-exceeds-sale':
      return saleError(refusal);
    case 'reservation-not-found':
    case 'reservation-expired':
    case 'reservation-closed':
    case 'hold-limit':
      return reservationError(refusal);
    default:
      return assertNever(refusal);
  }
}

function levelError(refusal: LevelRefusal): ErrorObject {
  switch (refusal.type) {
    case 'insufficient-stock': {
      const { productId, name, requested, available } = refusal;
      const advice = available > 0 ? 'Ask for fewer.' : 'Leave it out, or come back later.';
      const request = `${requested} of ${productLabel(productId, name)} ${were(requested)} asked for`;
      const detail = `${request} and ${available} ${available === 1 ? 'is' : 'are'} available. ${advice}`;
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
      const { reserved, moved } = refusal;
      const held = `${reserved} ${reserved === 1 ? 'unit' : 'units'}`;
      const detail =
        moved === undefined
          ? `Reservations hold ${held}: count at least as many, or release reservations first.`
          : `Since this count the stock has changed by ${moved}, which leaves less than the ${held} that reservations hold. Count again.`;
      return stockProblem('count-below-reserved', detail, { meta: { reserved } });
    }
    case 'count-not-recent':
      return protocolProblem(
        'invalid-attribute',
        `"countedAt" must be a moment of the last ${MAX_COUNT_AGE_HOURS} hours. Count again.`,
      );
    case 'count-outdated': {
      const { counted } = refusal;
      const detail =
        'This product was counted again after this count. Leave this one out, or count again.';
      return stockProblem('count-outdated', detail, { meta: { countedAt: counted } });
    }
    case 'stock-limit-exceeded': {
      const { onHand } = refusal;
      const detail = `A product can have at most ${MAX_ON_HAND} units on hand, and this one has ${onHand}. Add fewer.`;
      return stockProblem('stock-limit-exceeded', detail, { meta: { onHand } });
    }
    case 'version-mismatch':
      return protocolProblem(
        'precondition-failed',
        'The stock has changed since you read it. Read it again, and send the change with the new ETag if it still applies.',
      );
    default:
      return assertNever(refusal);
  }
}

function saleError(refusal: SaleRefusal): ErrorObject {
  switch (refusal.type) {
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
      const detail = `The price of ${productLabel(productId, name)} is now ${price} ${currency}. Buy it at that price, or leave the line out.`;
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
    default:
      return assertNever(refusal);
  }
}
