import type {
  Command,
  CommandHeader,
  PurchaseAction,
  ReservationAction,
  ReserveAction,
} from '../../src/domain/command.ts';
import type { CommandOutcome } from '../../src/domain/command-outcome.ts';
import type { HoldLimits } from '../../src/domain/hold-limits.ts';
import type { PurchaseDraft } from '../../src/domain/purchase.ts';
import { isMovementStep, type StockStep, type UpdateStep } from '../../src/domain/stock-step.ts';

// Commands as the use cases make them, with defaults for everything that a test does not set.

export const AT = '2026-03-01T12:00:00.000Z';
const LOCATION = 'main';

let idCount = 0;

/** A UUID version 7 of an instant, that sorts after those made before it for the same one. */
export function nextId(at = AT): string {
  idCount += 1;
  const time = Date.parse(at).toString(16).padStart(12, '0');
  const made = idCount.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${made}`;
}

type More = Partial<CommandHeader> & { readonly notForSale?: readonly number[] };

/** Unless a test says otherwise, all products are known to be for sale but those it names. */
function header(more: More): CommandHeader {
  const { at = AT } = more;
  const { id = nextId(at), owner = 'till', actor = 'ana', idempotency = null } = more;
  const { notForSale = [], sale: known = { forSale: 'others', notForSale } } = more;
  const { traceparent = null } = more;
  return { id, owner, actor, at, traceparent, sale: known, idempotency };
}

/** A command that no rule knows, of a product that is tracked: what a bug may leave. */
export function undecidable(productId = 1): Command {
  const step = { ...receive(productId, 1), type: 'unheard-of' };
  return JSON.parse(JSON.stringify({ ...command([receive(productId, 1)]), step }));
}

type ReservationStep = Omit<ReservationAction, 'type'>;

/** A command of one step, or of a list of several. */
export function command(
  steps: readonly [ReservationStep] | readonly StockStep[],
  more: More = {},
): Command {
  const [first, ...others] = steps;
  if (!first || others.length > 0) return list(steps as readonly StockStep[], more);
  if ('reservationId' in first) return { ...header(more), type: 'change-reservation', ...first };
  return isMovementStep(first)
    ? { ...header(more), type: 'record-movement', step: first }
    : { ...header(more), type: 'change-level', step: first };
}

/** A command of a list of steps, also of a single one. */
export function list(steps: readonly StockStep[], more: More = {}): Command {
  return { ...header(more), type: 'stock-list', steps };
}

export interface SaleLine {
  readonly productId: number;
  readonly quantity: number;
}

/** The price of lines: 2.50 dollars a unit. */
function priced(lines: readonly SaleLine[]): PurchaseDraft {
  const unitPrice = 250;
  const total = lines.reduce((sum, { quantity }) => sum + quantity * unitPrice, 0);
  const drafts = lines.map(({ productId, quantity }) => {
    return {
      productId,
      quantity,
      name: `Product ${productId}`,
      sku: null,
      unitPrice,
      priceAsOf: AT,
      location: LOCATION,
    };
  });
  return { reference: null, currency: 'USD', currencyDecimals: 2, total, lines: drafts };
}

export function sale(lines: readonly SaleLine[], more: More = {}): CommandHeader & PurchaseAction {
  return { ...header(more), type: 'purchase', purchase: priced(lines) };
}

/** A reservation; `seconds` count from the moment of the command. */
export function reserve(
  lines: readonly SaleLine[],
  seconds = 60,
  more: More & { readonly holdLimits?: HoldLimits | null } = {},
): CommandHeader & ReserveAction {
  const expiresAt = after(seconds, more.at);
  const { holdLimits = null } = more;
  const reservation = { ...priced(lines), expiresAt };
  return { ...header(more), type: 'reserve', reservation, holdLimits };
}

/** The time this many seconds after another. */
export function after(seconds: number, at = AT): string {
  return new Date(Date.parse(at) + seconds * 1_000).toISOString();
}

export function confirm(reservationId: string): ReservationStep {
  return { reservationId, change: { type: 'confirm' } };
}

export function release(reservationId: string): ReservationStep {
  return { reservationId, change: { type: 'release' } };
}

export function expire(reservationId: string): ReservationStep {
  return { reservationId, change: { type: 'expire' } };
}

export function extend(
  reservationId: string,
  expiresAt: string,
  holdLimits: HoldLimits | null = null,
): ReservationStep {
  return { reservationId, change: { type: 'extend', expiresAt, holdLimits } };
}

export function giveBack(purchaseId: string, productId: number, quantity: number): StockStep {
  return { type: 'return', productId, location: LOCATION, quantity, purchaseId, reason: null };
}

/** The same command with an idempotency key; its steps are its fingerprint. */
export function withKey<Keyless extends Command>(
  keyless: Keyless,
  key: string,
  scope = 'till purchase',
): Keyless {
  const { id: _id, at: _at, idempotency: _, ...request } = keyless;
  return { ...keyless, idempotency: { scope, key, fingerprint: JSON.stringify(request) } };
}

export function track(
  productId: number,
  onHand = 0,
  lowStockThreshold: number | null = null,
): StockStep {
  return { type: 'track', productId, location: LOCATION, onHand, lowStockThreshold };
}

export function count(
  productId: number,
  onHand: number,
  more: Partial<UpdateStep> = {},
): UpdateStep {
  return { ...update(productId), onHand, ...more };
}

export function setThreshold(
  productId: number,
  lowStockThreshold: number | null,
  expectedVersions: readonly number[] | null = null,
): UpdateStep {
  return { ...update(productId), lowStockThreshold, expectedVersions };
}

function update(productId: number): UpdateStep {
  const conditions = { startTracking: false, expectedVersions: null };
  return { type: 'update', productId, location: LOCATION, ...conditions };
}

export function receive(
  productId: number,
  quantity: number,
  reason: string | null = null,
): StockStep {
  return { type: 'receive', productId, location: LOCATION, quantity, reason };
}

export function adjust(productId: number, quantity: number, reason = 'broken'): StockStep {
  return { type: 'adjust', productId, location: LOCATION, quantity, reason };
}

export function refusalTypes(outcome: CommandOutcome | { readonly ok: true }): string[] {
  return outcome.ok ? [] : outcome.refusals.map(({ type }) => type);
}
