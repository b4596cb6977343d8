import {
  ifMatchVersions,
  JsonApiError,
  numberOfId,
  protocolProblem,
  resourceRoutes,
  timestamp,
} from '@anaquel/jsonapi';
import type { FastifyInstance, FastifyReply } from 'fastify';
import Type, { type Static } from 'typebox';
import { listLevels } from '../../application/list-levels.ts';
import { startTracking, type TrackingRequest } from '../../application/start-tracking.ts';
import type { RequestOutcome } from '../../application/request-outcome.ts';
import { updateInventory, type InventoryUpdate } from '../../application/update-inventory.ts';
import type { LevelResult } from '../../domain/command-outcome.ts';
import { MAX_COUNT_AGE_HOURS } from '../../domain/count-units.ts';
import { MAIN_LOCATION, type Level } from '../../domain/level.ts';
import { lowStockThreshold, onHand } from './inventory-resource.ts';
import { requireProductId } from '../ids.ts';
import { levelList } from './inventory-list.ts';
import { optionalIdempotencyKey } from '../parameters.ts';
import type { Ports } from '../ports.ts';
import { errorResponses, stockProblem } from '../problems.ts';
import { refusalError, type SourceOf } from '../refusal-error.ts';
import { requesterOf, tellReplay } from '../requester.ts';

/** What may be said of a level, when tracking starts as later. */
export const levelAttributes = Type.Object({
  onHand: Type.Optional(onHand),
  lowStockThreshold: Type.Optional(lowStockThreshold),
});

type LevelAttributes = Static<typeof levelAttributes>;

/** What may be said of a level that is tracked. */
export const updateAttributes = Type.Object({
  ...levelAttributes.properties,
  countedAt: Type.Optional(
    Type.String({
      format: 'date-time',
      description: `When \`onHand\` was counted, at most ${MAX_COUNT_AGE_HOURS} hours ago: what the ledger moved since is added to it. Without it the count is of now.`,
    }),
  ),
});

type UpdateAttributes = Static<typeof updateAttributes>;

const trackingBody = {
  id: 'required',
  attributes: levelAttributes,
  example: {
    data: { type: 'inventories', id: '25', attributes: { onHand: 40, lowStockThreshold: 5 } },
  },
} as const;

const trackingProblems = errorResponses(
  'product-not-found',
  'already-tracked',
  'idempotency-key-reused',
  'catalogue-unavailable',
  'overloaded',
  'ledger-unavailable',
  'outcome-unknown',
);

const updateHeaders = Type.Object({
  ...optionalIdempotencyKey.properties,
  'if-match': Type.Optional(
    Type.String({ description: 'The ETag that the stock must still have.' }),
  ),
});

const updateBody = {
  attributes: updateAttributes,
  example: { data: { type: 'inventories', id: '1', attributes: { onHand: 120 } } },
} as const;

const updateProblems = errorResponses(
  'precondition-failed',
  'id-conflict',
  'invalid-attribute',
  'read-only-attribute',
  'relationship-read-only',
  'catalogue-unavailable',
  'not-tracked',
  'count-below-reserved',
  'count-outdated',
  'idempotency-key-reused',
  'overloaded',
  'ledger-unavailable',
  'outcome-unknown',
);

export function inventoryRoutes(app: FastifyInstance, ports: Ports): void {
  resourceRoutes(app, ports.resources.inventories, {
    path: '/inventories',
    tags: ['Inventories'],
    origin: (request) => ports.linkBases(request).inventory,
    idExample: '1',
    list: {
      config: { scope: 'inventory:read' },
      summary: 'List stock',
      description:
        '`filter[lowStock]=true` lists what is at or below its threshold, of products that are `active`. While Products does not answer, what it said last counts, and a product of which nothing is known counts as active.',
      refusals: errorResponses('catalogue-unavailable'),
      declaration: levelList,
      run: (list) => listLevels(ports, list),
    },
    read: {
      config: { scope: 'inventory:read' },
      summary: 'Read the stock of a product',
      description:
        'With `If-None-Match` and the ETag of the last answer, 304 when nothing has changed.',
      refusals: errorResponses('not-tracked', 'catalogue-unavailable'),
      run: (id) => requireLevel(ports, id),
    },
    create: {
      config: { scope: 'inventory:write' },
      summary: 'Start tracking the stock of a product',
      description:
        'The id is that of a product that Products knows. Create product 25 there before you try the example.',
      headers: optionalIdempotencyKey,
      refusals: trackingProblems,
      body: trackingBody,
      async run({ id, attributes }, request, reply) {
        const tracked = trackingFrom(id, attributes);
        const outcome = await startTracking(ports, tracked, requesterOf(request));
        return levelOf(outcome, reply, () => ({ pointer: '/data/id' }));
      },
    },
    update: {
      config: { scope: 'inventory:write' },
      summary: 'Count the stock of a product',
      description:
        "Sets what is on hand and leaves what is reserved. With `countedAt` a count may be sent later than it was taken: the units become what was counted and what has moved since. Send the ETag you saw as `If-Match`, and nobody else's change is overwritten.",
      headers: updateHeaders,
      refusals: updateProblems,
      body: updateBody,
      takesKeys: true,
      async run(id, { attributes }, request, reply, assertUnchanged) {
        const outcome = await updateInventory(
          ports,
          inventoryUpdateFrom(id, attributes),
          {
            expectedVersions: ifMatchVersions(request.headers['if-match']),
            startTracking: false,
            check: assertUnchanged,
          },
          requesterOf(request),
        );
        return levelOf(outcome, reply, countSource);
      },
    },
  });
}

export async function requireLevel({ reader }: Ports, id: string): Promise<Level> {
  const productId = numberOfId(id);
  const level = productId === null ? null : await reader.level(productId, MAIN_LOCATION);
  if (level) return level;
  throw new JsonApiError(
    stockProblem(
      'not-tracked',
      'No product with this id has tracked stock. GET /api/v1/inventories lists all tracked stock; POST there starts tracking.',
    ),
  );
}

export function trackingFrom(
  id: string,
  { onHand: units = 0, lowStockThreshold: threshold = null }: LevelAttributes,
): TrackingRequest {
  const productId = requireProductId(id, { pointer: '/data/id' });
  return { productId, onHand: units, lowStockThreshold: threshold };
}

export function inventoryUpdateFrom(
  id: string,
  { onHand: units, countedAt, lowStockThreshold: threshold }: UpdateAttributes,
): InventoryUpdate {
  const productId = requireProductId(id);
  if (units === undefined && countedAt !== undefined)
    throw wrongInstant('"countedAt" says when "onHand" was counted: send both.');
  if (units === undefined && threshold === undefined) throw nothingToChange();
  const instant = countedAt === undefined ? undefined : MOMENT.read(countedAt);
  if (countedAt !== undefined && instant === undefined)
    throw wrongInstant(`"countedAt" must be ${MOMENT.expects}.`);
  return { productId, onHand: units, countedAt: instant, lowStockThreshold: threshold };
}

export const countSource: SourceOf = (_step, type) => {
  if (type === 'version-mismatch') return { header: 'If-Match' };
  if (type === 'count-below-reserved') return { pointer: '/data/attributes/onHand' };
  const isOfInstant = type === 'count-not-recent' || type === 'count-outdated';
  return isOfInstant ? { pointer: '/data/attributes/countedAt' } : undefined;
};

/** The level that a change left. */
function levelOf(
  outcome: RequestOutcome<LevelResult>,
  reply: FastifyReply,
  sourceOf: SourceOf,
): Level {
  if (!outcome.ok) throw refusalError(outcome.refusals, sourceOf);
  tellReplay(outcome, reply);
  return outcome.result.level;
}

const MOMENT = timestamp();

function wrongInstant(detail: string): JsonApiError {
  const source = { pointer: '/data/attributes/countedAt' };
  return new JsonApiError(protocolProblem('invalid-attribute', detail, { source }));
}

function nothingToChange(): JsonApiError {
  const detail = 'Send "onHand", "lowStockThreshold" or both.';
  return new JsonApiError(
    protocolProblem('invalid-attribute', detail, { source: { pointer: '/data' } }),
  );
}
