import type { Command, Refusal, Step } from '../../src/domain/command.ts';
import type { PurchaseDraft } from '../../src/domain/purchase.ts';

// Commands as the use cases make them, with everything a test does not care about filled in.

export const AT = '2026-03-01T12:00:00.000Z';
const LOCATION = 'main';

let made = 0;

/** A UUID version 7 that sorts after those made before it. */
export function nextId(): string {
  made += 1;
  return `01960000-0000-7000-8000-${made.toString(16).padStart(12, '0')}`;
}

export function command(steps: readonly Step[], more: Partial<Command> = {}): Command {
  return {
    id: nextId(),
    caller: 'till',
    actor: 'ana',
    at: AT,
    idempotency: null,
    steps,
    purchase: null,
    reservation: null,
    ...more,
  };
}

export interface SaleLine {
  readonly productId: number;
  readonly quantity: number;
}

/** What lines cost: in dollars at 2.50 a unit. */
function priced(lines: readonly SaleLine[]): PurchaseDraft {
  const unitPrice = 250;
  const total = lines.reduce((sum, { quantity }) => sum + quantity * unitPrice, 0);
  const drafted = lines.map(({ productId, quantity }) => {
    return {
      productId,
      quantity,
      name: `Product ${productId}`,
      sku: null,
      unitPrice,
      priceAsOf: AT,
    };
  });
  return { reference: null, currency: 'USD', currencyDecimals: 2, total, lines: drafted };
}

export function sale(lines: readonly SaleLine[], more: Partial<Command> = {}): Command {
  return command(
    lines.map((line) => ({ type: 'sell', location: LOCATION, ...line })),
    { purchase: priced(lines), ...more },
  );
}

/** A reservation; `seconds` count from the moment of the command. */
export function reserve(
  lines: readonly SaleLine[],
  seconds = 60,
  more: Partial<Command> = {},
): Command {
  const draft = priced(lines);
  const held = draft.lines.map((line) => ({ ...line, location: LOCATION }));
  const expiresAt = after(seconds, more.at);
  return command(
    lines.map((line) => ({ type: 'hold', location: LOCATION, ...line })),
    { reservation: { ...draft, lines: held, expiresAt }, ...more },
  );
}

/** The time so many seconds after another. */
export function after(seconds: number, at = AT): string {
  return new Date(Date.parse(at) + seconds * 1_000).toISOString();
}

export function confirm(reservationId: string): Step {
  return { type: 'confirm', reservationId };
}

export function release(reservationId: string): Step {
  return { type: 'release', reservationId };
}

export function expire(reservationId: string): Step {
  return { type: 'expire', reservationId };
}

export function extend(reservationId: string, expiresAt: string): Step {
  return { type: 'extend', reservationId, expiresAt };
}

export function giveBack(purchaseId: string, productId: number, quantity: number): Step {
  return { type: 'return', productId, location: LOCATION, quantity, purchaseId, reason: null };
}

/** The same command under an idempotency key; what it asks for is its fingerprint. */
export function withKey(asked: Command, key: string, scope = 'till purchase'): Command {
  const fingerprint = JSON.stringify(asked.steps);
  return { ...asked, idempotency: { scope, key, fingerprint } };
}

export function track(
  productId: number,
  onHand = 0,
  lowStockThreshold: number | null = null,
): Step {
  return { type: 'track', productId, location: LOCATION, onHand, lowStockThreshold };
}

export function count(
  productId: number,
  onHand: number,
  more: { startTracking?: boolean; expectedVersions?: readonly number[] | null } = {},
): Step {
  const { startTracking = false, expectedVersions = null } = more;
  return {
    type: 'count',
    productId,
    location: LOCATION,
    onHand,
    startTracking,
    reason: null,
    expectedVersions,
  };
}

export function setThreshold(
  productId: number,
  lowStockThreshold: number | null,
  expectedVersions: readonly number[] | null = null,
): Step {
  return {
    type: 'set-low-stock-threshold',
    productId,
    location: LOCATION,
    lowStockThreshold,
    expectedVersions,
  };
}

export function receive(productId: number, quantity: number, reason: string | null = null): Step {
  return { type: 'receive', productId, location: LOCATION, quantity, reason };
}

export function adjust(productId: number, quantity: number, reason = 'broken'): Step {
  return { type: 'adjust', productId, location: LOCATION, quantity, reason };
}

export function refusalTypes(outcome: { ok: boolean; refusals?: readonly Refusal[] }): string[] {
  return (outcome.refusals ?? []).map(({ type }) => type);
}
