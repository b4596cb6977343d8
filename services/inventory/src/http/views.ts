import type { ProductDescription } from '../application/product-catalogue.ts';
import { available, type Level } from '../domain/level.ts';
import { majorUnits } from '../domain/money.ts';
import type { Movement } from '../domain/movement.ts';
import type { Purchase, PurchaseLine } from '../domain/purchase.ts';
import type { Reservation } from '../domain/reservation.ts';

/** What each resource shows of its model: the values of the attributes in `attributes.ts`. */

export function inventoryView(level: Level) {
  return {
    onHand: level.onHand,
    reserved: level.reserved,
    available: available(level),
    lowStockThreshold: level.lowStockThreshold,
    version: level.version,
    updatedAt: level.updatedAt,
  };
}

export function movementView(movement: Movement) {
  return {
    kind: movement.kind,
    quantity: movement.onHandDelta,
    position: movement.position,
    sequence: movement.sequence,
    onHandDelta: movement.onHandDelta,
    reservedDelta: movement.reservedDelta,
    onHandAfter: movement.onHandAfter,
    reservedAfter: movement.reservedAfter,
    reason: movement.reason,
    actor: movement.actor,
    createdAt: movement.at,
  };
}

export function purchaseView(purchase: Purchase) {
  const { reference, currency, currencyDecimals, total, lines, at } = purchase;
  return {
    reference,
    lines: lines.map((line) => ({
      ...pricedLine(line, currencyDecimals),
      available: line.availableAfter,
    })),
    total: majorUnits(total, currencyDecimals),
    currency,
    createdAt: at,
  };
}

export function reservationView(reservation: Reservation) {
  const { status, reference, lines, currency, currencyDecimals, total, expiresAt, at } =
    reservation;
  return {
    status,
    reference,
    lines: lines.map((line) => pricedLine(line, currencyDecimals)),
    total: majorUnits(total, currencyDecimals),
    currency,
    expiresAt,
    createdAt: at,
  };
}

export function productDescriptionView({ productId: _id, ...attributes }: ProductDescription) {
  return attributes;
}

function pricedLine(line: Omit<PurchaseLine, 'availableAfter'>, currencyDecimals: number) {
  return {
    productId: String(line.productId),
    quantity: line.quantity,
    name: line.name,
    sku: line.sku,
    unitPrice: majorUnits(line.unitPrice, currencyDecimals),
    pricedAt: line.priceAsOf,
  };
}
