import type { FastifyReply, FastifyRequest } from 'fastify';
import { purchase } from '../../application/purchase.ts';
import { updateInventory } from '../../application/update-inventory.ts';
import { available, MAIN_LOCATION } from '../../domain/level.ts';
import { majorUnits } from '@anaquel/money';
import { requireProductId } from '../ids.ts';
import type { IdParam } from '../parameters.ts';
import type { Ports } from '../ports.ts';
import { refusalError } from '../refusal-error.ts';
import { requesterOf } from '../requester.ts';
import { productMembers, stockAnswer, type Dialect } from './classic-answers.ts';
import { assertSameProduct, quantityIn } from './classic-bodies.ts';

export async function readStock(
  request: FastifyRequest<{ Params: IdParam }>,
  ports: Ports,
  dialect: Dialect,
): Promise<object> {
  const productId = requireProductId(request.params.id);
  const [level, [answer]] = await Promise.all([
    ports.reader.level(productId, MAIN_LOCATION),
    ports.catalogue.lookUp([productId]),
  ]);
  if (answer?.type === 'not-found')
    throw refusalError([{ type: 'product-not-found', step: 0, productId }], nowhere);
  if (!level && answer?.type !== 'found')
    throw refusalError([{ type: 'catalogue-unavailable' }], nowhere);
  const quantity = level ? available(level) : 0;
  return stockAnswer(
    productId,
    quantity,
    dialect,
    productMembers(answer, request.caller.can('inventory:write')),
  );
}

export async function setStock(
  request: FastifyRequest,
  reply: FastifyReply,
  ports: Ports,
  dialect: Dialect,
  count: { readonly productId: number; readonly quantity: number },
): Promise<object> {
  const { productId, quantity } = count;
  const conditions = { expectedVersions: null, startTracking: true };
  const outcome = await updateInventory(
    ports,
    { productId, onHand: quantity },
    conditions,
    requesterOf(request),
  );
  if (!outcome.ok) throw refusalError(outcome.refusals, nowhere);
  if (outcome.replayed) reply.header('idempotency-replayed', 'true');
  reply.code(dialect.set);
  return stockAnswer(productId, available(outcome.result.level), dialect, {});
}

export async function buyOne(
  request: FastifyRequest,
  reply: FastifyReply,
  ports: Ports,
  dialect: Dialect,
  productId: number,
): Promise<object> {
  assertSameProduct(request.body, productId);
  const quantity = quantityIn(request.body, 1, 1_000_000);
  const line = { productId, quantity, expected: null };
  const outcome = await purchase(ports, { lines: [line], reference: null }, requesterOf(request));
  if (!outcome.ok) throw refusalError(outcome.refusals, nowhere);
  if (outcome.replayed) reply.header('idempotency-replayed', 'true');
  const { id, total, currency, currencyDecimals, lines } = outcome.result.purchase;
  const remaining = lines[0]?.availableAfter ?? 0;
  return stockAnswer(productId, remaining, dialect, {
    quantity_purchased: quantity,
    remaining_stock: remaining,
    purchase_id: id,
    total: majorUnits(total, currencyDecimals),
    currency,
  });
}

/** A refusal of the classic API points nowhere: its bodies have no fixed shape. */
function nowhere(): undefined {
  return undefined;
}
