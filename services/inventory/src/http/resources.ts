import {
  MAX_INCLUDED,
  tooManyIncluded,
  type Related,
  type ResourceType,
  type ToMany,
  type ToOne,
} from '@anaquel/jsonapi';
import { assertScope } from '@anaquel/runtime';
import type { FastifyRequest } from 'fastify';
import type { LedgerReader } from '../application/ledger.ts';
import type { ProductCatalogue, ProductDescription } from '../application/product-catalogue.ts';
import type { Level } from '../domain/level.ts';
import type { Movement } from '../domain/movement.ts';
import type { Purchase } from '../domain/purchase.ts';
import type { Reservation } from '../domain/reservation.ts';
import {
  inventoryAttributes,
  movementAttributes,
  productAttributes,
  purchaseAttributes,
  reservationAttributes,
} from './attributes.ts';
import { movementList, type MovementListRequest } from './lists.ts';
import { ownerOnly } from './ownership.ts';
import { refusalError } from './problems.ts';
import {
  inventoryView,
  movementView,
  productDescriptionView,
  purchaseView,
  reservationView,
} from './views.ts';

/** The origins that links start with. */
export interface LinkBases {
  readonly inventory: string;
  readonly products: string;
}

export interface Resources {
  readonly inventories: ResourceType<Level>;
  readonly movements: ResourceType<Movement>;
  readonly purchases: ResourceType<Purchase>;
  readonly reservations: ResourceType<Reservation>;
  /** As Products shows them. */
  readonly products: ResourceType<ProductDescription>;
}

/** So many movements come with a resource that has more. */
const MOVEMENTS_INCLUDED = 20;

/** All that this service answers, and how it is related. */
export function createResources(ports: {
  readonly reader: LedgerReader;
  readonly catalogue: ProductCatalogue;
  readonly linkBases: (request: FastifyRequest) => LinkBases;
}): Resources {
  const { reader, catalogue, linkBases } = ports;
  const at = (path: string, id: string | number, request: FastifyRequest): string =>
    `${linkBases(request).inventory}/api/v1/${path}/${id}`;

  async function describe(
    ids: readonly string[],
    request: FastifyRequest,
  ): Promise<ReadonlyMap<string, ProductDescription>> {
    if (ids.length > MAX_INCLUDED) throw tooManyIncluded();
    const described = await catalogue.describe(ids.map(Number));
    if (!described) throw refusalError([{ type: 'catalogue-unavailable' }], () => undefined);
    const seesAll = request.caller.can('inventory:write');
    const visible = [...described.values()].filter(({ status }) => seesAll || status === 'active');
    return new Map(visible.map((product) => [String(product.productId), product]));
  }

  function productOf<Model>(id: (model: Model) => string): ToOne<Model> {
    return { kind: 'one', to: () => resources.products, id, load: describe };
  }

  function purchaseOf<Model>(id: (model: Model) => string | null): ToOne<Model> {
    return {
      kind: 'one',
      to: () => resources.purchases,
      id,
      async load(ids, request) {
        const owner = ownerOnly(request);
        const found = await reader.purchasesById(ids);
        const visible = found.filter((one) => owner === undefined || one.owner === owner);
        return new Map(visible.map((purchase) => [purchase.id, purchase]));
      },
    };
  }

  function productsOf<Model extends { readonly id: string }>(
    lines: (model: Model) => readonly { readonly productId: number }[],
  ): ToMany<Model> {
    const idsOf = (model: Model) => [
      ...new Set(lines(model).map(({ productId }) => String(productId))),
    ];
    return {
      kind: 'many',
      to: () => resources.products,
      async load(models, request) {
        const described = await describe([...new Set(models.flatMap(idsOf))], request);
        return new Map(
          models.map((model) => [
            model.id,
            { items: idsOf(model).map((id) => ({ id, model: described.get(id) })) },
          ]),
        );
      },
    };
  }

  function movementsOf<Model>(relationship: {
    /** What the list of movements is narrowed to. */
    readonly filter: (model: Model) => MovementListRequest['filters'][number];
    readonly load: (models: readonly Model[]) => Promise<ReadonlyMap<string, Related>>;
  }): ToMany<Model> {
    return {
      kind: 'many',
      to: () => resources.movements,
      description: 'Latest first. Needs the scope `purchases:read`.',
      guard: readsLedger,
      load: relationship.load,
      list: {
        declaration: movementList,
        includedSize: MOVEMENTS_INCLUDED,
        read: (model, list) => {
          const { filters, ...rest } = list as MovementListRequest;
          return reader.movements({ ...rest, filters: [relationship.filter(model), ...filters] });
        },
      },
    };
  }

  const resources: Resources = {
    inventories: {
      type: 'inventories',
      attributes: inventoryAttributes,
      id: ({ productId }) => String(productId),
      view: inventoryView,
      self: ({ productId }, request) => at('inventories', productId, request),
      version: ({ version }) => version,
      relationships: {
        product: productOf(({ productId }) => String(productId)),
        movements: movementsOf({
          filter: ({ productId }) => ({ field: 'product', operator: 'eq', value: productId }),
          async load(levels) {
            const ids = levels.map(({ productId }) => productId);
            const latest = await reader.latestMovements(ids, MOVEMENTS_INCLUDED);
            return new Map(
              [...latest].map(([id, { items, total }]) => [String(id), relatedTo(items, total)]),
            );
          },
        }),
      },
    },
    movements: {
      type: 'stock-movements',
      attributes: movementAttributes,
      id: ({ position }) => String(position),
      view: movementView,
      self: ({ position }, request) => at('stock-movements', position, request),
      relationships: {
        product: productOf(({ productId }) => String(productId)),
        purchase: purchaseOf(({ purchaseId }) => purchaseId),
        reservation: {
          kind: 'one',
          to: () => resources.reservations,
          id: ({ reservationId }) => reservationId,
          async load(ids, request) {
            const owner = ownerOnly(request);
            const found = await reader.reservationsById(ids);
            const visible = found.filter((one) => owner === undefined || one.owner === owner);
            return new Map(visible.map((reservation) => [reservation.id, reservation]));
          },
        },
      },
    },
    purchases: {
      type: 'purchases',
      attributes: purchaseAttributes,
      id: ({ id }) => id,
      view: purchaseView,
      self: ({ id }, request) => at('purchases', id, request),
      relationships: {
        products: productsOf<Purchase>(({ lines }) => lines),
        movements: movementsOf({
          filter: ({ id }) => ({ field: 'purchase', operator: 'eq', value: id }),
          async load(purchases) {
            const ids = purchases.map(({ id }) => id);
            const latest = await reader.purchaseMovements(ids, MOVEMENTS_INCLUDED);
            return new Map(
              [...latest].map(([id, { items, total }]) => [id, relatedTo(items, total)]),
            );
          },
        }),
      },
    },
    reservations: {
      type: 'reservations',
      attributes: reservationAttributes,
      id: ({ id }) => id,
      view: reservationView,
      self: ({ id }, request) => at('reservations', id, request),
      relationships: {
        products: productsOf<Reservation>(({ lines }) => lines),
        purchase: purchaseOf(({ purchaseId }) => purchaseId),
      },
    },
    products: {
      type: 'products',
      attributes: productAttributes,
      id: ({ productId }) => String(productId),
      view: productDescriptionView,
      self: ({ productId }, request) =>
        `${linkBases(request).products}/api/v1/products/${productId}`,
      links: ({ productId }, request) => ({ inventory: at('inventories', productId, request) }),
    },
  };
  return resources;
}

function relatedTo(movements: readonly Movement[], total: number): Related {
  return {
    items: movements.map((model) => ({ id: String(model.position), model })),
    total,
  };
}

const readsLedger = {
  config: { scope: 'purchases:read' },
  assertReadable: (request: FastifyRequest) => assertScope(request, 'purchases:read'),
} as const;
