import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** Where a shop is called, and by which key. */
export interface Door {
  readonly url: string;
  readonly key: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

const MEDIA_TYPE = 'application/vnd.api+json';
const TIMEOUT_MS = 10_000;
const PAUSE_MS = 100;
/** After these the same request is sent again: the outcome is not known, or nothing was changed. */
const SAY_NOTHING = new Set([500, 502, 503, 504]);

export async function call(
  { url, key }: Door,
  method: string,
  path: string,
  data?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const answer = await fetch(`${url}/api/v1/${path}`, {
    method,
    headers: { 'x-api-key': key, 'content-type': MEDIA_TYPE, accept: MEDIA_TYPE, ...headers },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(data && { body: JSON.stringify({ data }) }),
  });
  return { status: answer.status, text: await answer.text() };
}

/** Buys one unit, and asks until the outcome is known. */
export async function buy(door: Door, productId: string, patienceMs: number): Promise<Purchase> {
  const key = { 'idempotency-key': randomUUID() };
  const data = { type: 'purchases', attributes: { lines: [{ productId, quantity: 1 }] } };
  const deadline = Date.now() + patienceMs;
  for (let attempts = 1; Date.now() < deadline; attempts += 1) {
    const answer = await call(door, 'POST', 'purchases', data, key).catch(() => null);
    if (answer?.status === 201) return { id: idOf(answer.text), attempts };
    if (answer !== null && !SAY_NOTHING.has(answer.status))
      throw new Error(`A purchase was answered ${answer.status}: ${answer.text}`);
    await delay(PAUSE_MS);
  }
  throw new Error(`A purchase had no outcome within ${patienceMs} ms`);
}

export interface Purchase {
  readonly id: string;
  /** How often it was asked for. */
  readonly attempts: number;
}

export interface Buyers {
  /** Ends them, and returns all that they bought. */
  stop(): Promise<Purchase[]>;
}

/** Several who buy one unit after the other. */
export function startBuyers(
  door: Door,
  productId: string,
  { count, patienceMs }: { count: number; patienceMs: number },
): Buyers {
  const purchases: Purchase[] = [];
  let isOpen = true;
  const all = Array.from({ length: count }, async () => {
    while (isOpen) purchases.push(await buy(door, productId, patienceMs));
  });
  // One that fails is told of by stop().
  const done = Promise.all(all);
  done.catch(() => {});
  return {
    async stop() {
      isOpen = false;
      await done;
      return purchases;
    },
  };
}

export function idOf(text: string): string {
  const document: { data: { id: string } } = JSON.parse(text);
  return document.data.id;
}
