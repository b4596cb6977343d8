import {
  dataDocument,
  numberedPageLinks,
  type DataDocument,
  type Resource,
} from '@anaquel/jsonapi';
import type { FastifyReply } from 'fastify';
import { available, type Level } from '../domain/level.ts';
import { majorUnits } from '../domain/money.ts';
import type { Movement } from '../domain/movement.ts';
import type { Purchase, PurchaseLine } from '../domain/purchase.ts';
import type { Reservation } from '../domain/reservation.ts';

/** The origins that links start with. */
export interface LinkBases {
  readonly inventory: string;
  readonly products: string;
}

/** A resource that has an address of its own. */
export interface LinkedResource extends Resource {
  readonly links: { readonly self: string };
}

export function resourceDocument(resource: LinkedResource): DataDocument {
  return dataDocument(resource, { links: { self: resource.links.self } });
}

/** A page of a list, with links to its neighbours. `address` is what was asked for, path and query. */
export function pageDocument(
  data: LinkedResource[],
  {
    bases,
    address,
    page,
    total,
  }: {
    readonly bases: LinkBases;
    readonly address: string;
    readonly page: { readonly number: number; readonly size: number };
    readonly total: number;
  },
): DataDocument {
  const links = numberedPageLinks(bases.inventory + address, { ...page, total });
  return dataDocument(data, { links, meta: { total, page: { ...page, total } } });
}

/** 201, with the address of what was made. */
export function sendCreated(reply: FastifyReply, resource: LinkedResource): FastifyReply {
  return reply.code(201).header('location', resource.links.self).send(resourceDocument(resource));
}

export function inventoryResource(level: Level, bases: LinkBases): LinkedResource {
  const id = String(level.productId);
  return {
    type: 'inventories',
    id,
    attributes: {
      onHand: level.onHand,
      reserved: level.reserved,
      available: available(level),
      lowStockThreshold: level.lowStockThreshold,
      updatedAt: level.updatedAt,
    },
    relationships: { product: productRelationship(id, bases) },
    links: { self: `${bases.inventory}/api/v1/inventories/${id}` },
  };
}

export function movementResource(movement: Movement, bases: LinkBases): LinkedResource {
  const id = String(movement.position);
  return {
    type: 'stock-movements',
    id,
    attributes: {
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
    },
    relationships: {
      product: productRelationship(String(movement.productId), bases),
      purchase: purchaseRelationship(movement.purchaseId, bases),
    },
    links: { self: `${bases.inventory}/api/v1/stock-movements/${id}` },
  };
}

export function purchaseResource(purchase: Purchase, bases: LinkBases): LinkedResource {
  const { id, reference, currency, currencyDecimals, total, lines, at } = purchase;
  return {
    type: 'purchases',
    id,
    attributes: {
      reference,
      lines: lines.map((line) => ({
        ...pricedLine(line, currencyDecimals),
        available: line.availableAfter,
      })),
      total: majorUnits(total, currencyDecimals),
      currency,
      createdAt: at,
    },
    links: { self: `${bases.inventory}/api/v1/purchases/${id}` },
  };
}

export function reservationResource(reservation: Reservation, bases: LinkBases): LinkedResource {
  const { id, status, reference, lines, currency, currencyDecimals, total, expiresAt, at } =
    reservation;
  return {
    type: 'reservations',
    id,
    attributes: {
      status,
      reference,
      lines: lines.map((line) => pricedLine(line, currencyDecimals)),
      total: majorUnits(total, currencyDecimals),
      currency,
      expiresAt,
      createdAt: at,
    },
    relationships: { purchase: purchaseRelationship(reservation.purchaseId, bases) },
    links: { self: `${bases.inventory}/api/v1/reservations/${id}` },
  };
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

function purchaseRelationship(id: string | null, bases: LinkBases): object {
  if (id === null) return { data: null };
  return {
    data: { type: 'purchases', id },
    links: { related: `${bases.inventory}/api/v1/purchases/${id}` },
  };
}

function productRelationship(id: string, bases: LinkBases): object {
  return {
    data: { type: 'products', id },
    links: { related: `${bases.products}/api/v1/products/${id}` },
  };
}
