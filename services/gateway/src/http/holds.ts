import { isObject } from '@anaquel/jsonapi';
import { clientOf } from '@anaquel/runtime';
import type { FastifyRequest } from 'fastify';
import type { UpstreamAnswer } from '../application/upstream.ts';
import { isRead } from '../domain/access.ts';
import type { Hold, HoldCaps } from '../domain/hold-limit.ts';
import { isShopper, type Admission } from './admission.ts';
import type { Ports } from './ports.ts';
import { tooManyRequests } from './problems.ts';

/** To be told what came of a request. */
type OutcomeListener = (answer: UpstreamAnswer) => void;
type HoldPorts = Pick<Ports, 'holdLimit' | 'clock'>;

const MAKES = /^\/api\/v1\/reservations(?=\?|$)/;
const CHANGES = /^\/api\/v1\/reservations\/([\w-]+)(?=\?|$)/;

/**
 * Counts what a shopper's request holds.
 * @throws {JsonApiError} 429 when the client's address holds too much already
 */
export function countHold(
  request: FastifyRequest,
  admission: Admission,
  ports: HoldPorts,
): OutcomeListener {
  const { method, url } = request;
  if (isRead(method) || !isShopper(admission)) return () => {};
  if (MAKES.test(url)) return countNew(request, admission.actor, ports);
  const id = CHANGES.exec(url)?.[1];
  return id === undefined ? () => {} : countChange(request, id, ports);
}

/**
 * Before it is forwarded, so that requests sent at once can't pass the limit together. What then
 * turns out not to be held is taken off again; what has no known outcome stays counted.
 */
function countNew(
  request: FastifyRequest,
  actor: string,
  { holdLimit, clock }: HoldPorts,
): OutcomeListener {
  const client = clientOf(request.ip);
  const name = `${actor} ${String(request.headers['idempotency-key'])}`;
  // Who repeats a request holds nothing more, and gets its answer however much is held by now.
  const isRepeated = holdLimit.has(client, name);
  const sinceMs = clock().getTime();
  const hold = { ...amountIn(request.body, holdLimit.caps), sinceMs, id: null };
  if (!isRepeated) {
    const waitMs = holdLimit.waitMs(client, hold, sinceMs);
    if (waitMs > 0) throw holdsTooMuch(waitMs);
    holdLimit.put(client, name, hold);
  }
  return (answer) => {
    // Of a change that the gateway sent twice the replay is the first answer.
    const isReplay = answer.ok && !answer.isRepeat && 'idempotency-replayed' in answer.headers;
    if (isDone(answer) && (isRepeated || !isReplay))
      holdLimit.put(client, name, { ...hold, id: idIn(answer.headers['location']) });
    else if (!isRepeated && (isReplay || didNothing(answer))) holdLimit.remove(client, name);
  };
}

/** What was bought or released is held no longer; what was extended is held from now on. */
function countChange(
  request: FastifyRequest,
  id: string,
  { holdLimit, clock }: HoldPorts,
): OutcomeListener {
  const client = clientOf(request.ip);
  const isExtension =
    request.method === 'PATCH' && attributesIn(request.body)?.['status'] === undefined;
  return (answer) => {
    const entry = holdLimit.find(client, id);
    if (entry === undefined || !isDone(answer)) return;
    const [name, hold] = entry;
    if (isExtension) holdLimit.put(client, name, { ...hold, sinceMs: clock().getTime() });
    else holdLimit.remove(client, name);
  };
}

/**
 * What a body asks to hold. What can't be read, and what is more than one owner may hold, is
 * counted as that much: Inventory will refuse it, and says why.
 */
function amountIn(body: unknown, caps: HoldCaps): Pick<Hold, 'units' | 'lines'> {
  const lines = attributesIn(body)?.['lines'];
  if (!Array.isArray(lines)) return caps;
  const quantities = lines.map((line: unknown) => (isObject(line) ? line['quantity'] : null));
  const units = quantities.reduce<number>(
    (sum, quantity) => sum + (typeof quantity === 'number' && quantity > 0 ? quantity : caps.units),
    0,
  );
  return { units: Math.min(units, caps.units), lines: Math.min(lines.length, caps.lines) };
}

function attributesIn(body: unknown): Readonly<Record<string, unknown>> | undefined {
  if (!Buffer.isBuffer(body)) return undefined;
  try {
    const document: unknown = JSON.parse(body.toString());
    const data = isObject(document) ? document['data'] : undefined;
    const attributes = isObject(data) ? data['attributes'] : undefined;
    return isObject(attributes) ? attributes : undefined;
  } catch {
    return undefined;
  }
}

function idIn(location: string | string[] | undefined): string | null {
  return CHANGES.exec(URL.parse(String(location), 'http://gateway')?.pathname ?? '')?.[1] ?? null;
}

function isDone(answer: UpstreamAnswer): answer is UpstreamAnswer & { ok: true } {
  return answer.ok && answer.status >= 200 && answer.status < 300;
}

function didNothing(answer: UpstreamAnswer): boolean {
  if (!answer.ok) return answer.reason === 'unreachable';
  return (answer.status >= 400 && answer.status < 500) || answer.status === 503;
}

function holdsTooMuch(waitMs: number) {
  const detail =
    'So much is reserved from your address that it may reserve no more for now. Buy or release what is reserved, or wait as long as Retry-After says.';
  return tooManyRequests(detail, waitMs);
}
