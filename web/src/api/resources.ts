import {
  isJson,
  MalformedAnswer,
  reader,
  relatedId,
  type ResourceObject,
  type UnknownValue,
} from './documents.ts';

/**
 * What the services keep, as objects of this app. Amounts are in major units of their currency,
 * times RFC 3339.
 */

export const productStatuses = ['active', 'draft', 'archived'] as const;
export type ProductStatus = (typeof productStatuses)[number];

export interface Product {
  readonly id: string;
  readonly sku: string | null;
  readonly name: string;
  readonly description: string | null;
  readonly price: number;
  readonly currency: string;
  readonly status: ProductStatus | UnknownValue;
  readonly imageUrl: string | null;
  readonly tags: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Of all products. */
export interface ShopIdentity {
  readonly id: string;
  /** Of products that name none. */
  readonly currency: string;
}

export interface Level {
  readonly productId: string;
  readonly onHand: number;
  readonly reserved: number;
  readonly available: number;
  readonly lowStockThreshold: number | null;
  /** Grows with every change; in quotes it is the ETag. */
  readonly version: number;
  readonly updatedAt: string;
}

export const movementKinds = [
  'receipt',
  'adjustment',
  'count',
  'sale',
  'reservation',
  'release',
  'return',
] as const;
export type MovementKind = (typeof movementKinds)[number];

export interface Movement {
  readonly id: string;
  readonly productId: string | null;
  readonly purchaseId: string | null;
  readonly reservationId: string | null;
  readonly kind: MovementKind | UnknownValue;
  readonly onHandDelta: number;
  readonly reservedDelta: number;
  readonly onHandAfter: number;
  readonly reservedAfter: number;
  readonly reason: string | null;
  readonly actor: string;
  readonly createdAt: string;
}

export interface SoldLine {
  readonly productId: string;
  readonly quantity: number;
  readonly name: string;
  readonly sku: string | null;
  readonly unitPrice: number;
  /** What was left after a purchase; null in a reservation. */
  readonly available: number | null;
}

export interface Purchase {
  readonly id: string;
  readonly reference: string | null;
  readonly lines: readonly SoldLine[];
  readonly total: number;
  readonly currency: string;
  readonly createdAt: string;
}

export const reservationStatuses = ['active', 'confirmed', 'released', 'expired'] as const;
export type ReservationStatus = (typeof reservationStatuses)[number];

export interface Reservation extends Purchase {
  readonly status: ReservationStatus | UnknownValue;
  readonly expiresAt: string;
  /** The purchase that it became. */
  readonly purchaseId: string | null;
}

export interface Disagreement {
  readonly rule: string;
  readonly productId: string | null;
  readonly expected: string;
  readonly actual: string;
}

export interface Audit {
  /** Up to where the ledger was checked. */
  readonly position: string;
  readonly clean: boolean;
  readonly movements: number;
  readonly levels: number;
  readonly purchases: number;
  readonly disagreementCount: number;
  readonly disagreements: readonly Disagreement[];
}

export function toProduct(resource: ResourceObject): Product {
  const read = reader(of('products', resource).attributes);
  return {
    id: resource.id,
    sku: read.textOrNull('sku'),
    name: read.text('name'),
    description: read.textOrNull('description'),
    price: read.number('price'),
    currency: read.text('currency'),
    status: read.openOneOf('status', productStatuses),
    imageUrl: read.textOrNull('imageUrl'),
    tags: read.texts('tags'),
    createdAt: read.text('createdAt'),
    updatedAt: read.text('updatedAt'),
  };
}

/** From any list of products. */
export function toShop(document: unknown): ShopIdentity {
  const meta = isJson(document) && isJson(document['meta']) ? document['meta'] : {};
  const read = reader(meta);
  return { id: read.text('shop'), currency: read.text('currency') };
}

export interface ProductTag {
  readonly name: string;
  readonly productCount: number;
}

export function toProductTag(resource: ResourceObject): ProductTag {
  const read = reader(of('product-tags', resource).attributes);
  return { name: read.text('name'), productCount: read.number('productCount') };
}

export function toLevel(resource: ResourceObject): Level {
  const read = reader(of('inventories', resource).attributes);
  return {
    productId: resource.id,
    onHand: read.number('onHand'),
    reserved: read.number('reserved'),
    available: read.number('available'),
    lowStockThreshold: read.numberOrNull('lowStockThreshold'),
    version: read.number('version'),
    updatedAt: read.text('updatedAt'),
  };
}

export function toMovement(resource: ResourceObject): Movement {
  const read = reader(of('stock-movements', resource).attributes);
  return {
    id: resource.id,
    productId: relatedId(resource, 'product'),
    purchaseId: relatedId(resource, 'purchase'),
    reservationId: relatedId(resource, 'reservation'),
    kind: read.openOneOf('kind', movementKinds),
    onHandDelta: read.number('onHandDelta'),
    reservedDelta: read.number('reservedDelta'),
    onHandAfter: read.number('onHandAfter'),
    reservedAfter: read.number('reservedAfter'),
    reason: read.textOrNull('reason'),
    actor: read.text('actor'),
    createdAt: read.text('createdAt'),
  };
}

export function toPurchase(resource: ResourceObject): Purchase {
  return { id: of('purchases', resource).id, ...saleIn(resource) };
}

export function toReservation(resource: ResourceObject): Reservation {
  const read = reader(of('reservations', resource).attributes);
  return {
    id: resource.id,
    ...saleIn(resource),
    status: read.openOneOf('status', reservationStatuses),
    expiresAt: read.text('expiresAt'),
    purchaseId: relatedId(resource, 'purchase'),
  };
}

export function toAudit(resource: ResourceObject): Audit {
  const read = reader(of('audits', resource).attributes);
  return {
    position: resource.id,
    clean: read.flag('clean'),
    movements: read.number('movements'),
    levels: read.number('levels'),
    purchases: read.number('purchases'),
    disagreementCount: read.number('disagreementCount'),
    disagreements: read.objects('disagreements').map((one) => {
      const inside = reader(one);
      return {
        rule: inside.text('rule'),
        productId: inside.textOrNull('productId'),
        expected: inside.text('expected'),
        actual: inside.text('actual'),
      };
    }),
  };
}

function saleIn({ attributes }: ResourceObject): Omit<Purchase, 'id'> {
  const read = reader(attributes);
  return {
    reference: read.textOrNull('reference'),
    lines: read.objects('lines').map((line) => {
      const inside = reader(line);
      return {
        productId: inside.text('productId'),
        quantity: inside.number('quantity'),
        name: inside.text('name'),
        sku: inside.textOrNull('sku'),
        unitPrice: inside.number('unitPrice'),
        available: inside.numberOrNull('available'),
      };
    }),
    total: read.number('total'),
    currency: read.text('currency'),
    createdAt: read.text('createdAt'),
  };
}

function of(type: string, resource: ResourceObject): ResourceObject {
  if (resource.type !== type) throw new MalformedAnswer(`${resource.type} instead of ${type}`);
  return resource;
}

// ---------------------------------------------------------------- beside JSON:API

export type Role = 'shopper' | 'operator';

export interface Session {
  readonly role: Role;
  /** Whether one may buy without signing in. */
  readonly storefront: 'open' | 'closed';
}

export function toSession(document: unknown): Session {
  const read = reader(isJson(document) ? document : {});
  return {
    role: read.oneOf('role', ['shopper', 'operator']),
    storefront: read.oneOf('storefront', ['open', 'closed']),
  };
}

export interface ServiceHealth {
  readonly name: string;
  readonly status: string;
  readonly latencyMs: number | null;
}

export interface Health {
  readonly status: 'ok' | 'degraded' | 'failed';
  readonly services: readonly ServiceHealth[];
}

export function toHealth(document: unknown): Health {
  const status = reader(isJson(document) ? document : {}).oneOf('status', [
    'ok',
    'degraded',
    'failed',
  ]);
  const services = isJson(document) && isJson(document['services']) ? document['services'] : {};
  return {
    status,
    services: Object.entries(services).map(([name, service]) => {
      const read = reader(isJson(service) ? service : {});
      return { name, status: read.text('status'), latencyMs: read.numberOrNull('latencyMs') };
    }),
  };
}
