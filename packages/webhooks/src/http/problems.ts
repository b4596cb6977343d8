import { defineProblems, JsonApiError, problemResponses, protocolProblem } from '@anaquel/jsonapi';
import { CommitOutcomeUnknownError } from '@anaquel/runtime/sql';

/** The errors that webhooks add to those of a service. Codes never change; `/docs` lists them. */
export const webhookProblem = defineProblems({
  'webhook-limit': { status: 409, title: 'There are too many webhooks' },
  'delivery-limit': { status: 409, title: 'Too many deliveries of the webhook wait' },
  'idempotency-key-reused': {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
  },
  'webhooks-not-set-up': { status: 503, title: 'Webhooks are not set up' },
});

/** Both services have it. */
const outcomeUnknown = defineProblems({
  'outcome-unknown': { status: 504, title: 'The outcome of the request is not known' },
});

const documented = defineProblems({
  ...protocolProblem.entries,
  ...webhookProblem.entries,
  ...outcomeUnknown.entries,
});

/** The error answers of a route, for its documentation. */
export function errorResponses(...codes: readonly (keyof typeof documented.entries)[]) {
  return problemResponses(documented, ...codes);
}

export function invalid(pointer: string, detail: string, meta = {}): JsonApiError {
  const problem = protocolProblem('invalid-attribute', detail, { source: { pointer }, meta });
  return new JsonApiError(problem);
}

/** A change whose outcome may stay unknown: only PostgreSQL answers so. */
export async function orUnknown<Result>(change: Promise<Result>): Promise<Result> {
  try {
    return await change;
  } catch (error) {
    if (!(error instanceof CommitOutcomeUnknownError)) throw error;
    throw new JsonApiError(
      outcomeUnknown(
        'outcome-unknown',
        'The database did not say whether the change was made. Read what is there before you send it again.',
      ),
    );
  }
}
