import type { Command, Refusal, Step } from '../../src/domain/command.ts';

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

/** A purchase in dollars at 2.50 a unit. */
export function sale(lines: readonly SaleLine[], more: Partial<Command> = {}): Command {
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
  return command(
    lines.map((line) => ({ type: 'sell', location: LOCATION, ...line })),
    {
      purchase: { reference: null, currency: 'USD', currencyDecimals: 2, total, lines: drafted },
      ...more,
    },
  );
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
