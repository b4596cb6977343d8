import {
  MAX_INCLUDED,
  relatedList,
  tooManyIncluded,
  type AnyResourceType,
  type Related,
  type ToMany,
  type ToOne,
} from '@anaquel/jsonapi';
import { assertScope } from '@anaquel/runtime';
import type { FastifyRequest } from 'fastify';
import type { LedgerReader, MovementFilter } from '../application/ledger.ts';
import type { ProductCatalogue, ProductDescription } from '../application/product-catalogue.ts';
import type { Movement } from '../domain/movement.ts';
import { movementList } from './movements/movement-list.ts';
import { ownerOnly } from './ownership.ts';
import { refusalError } from './refusal-error.ts';

/** The most movements that an `include` adds to one resource. */
export const MOVEMENTS_INCLUDED = 20;

/** The types that relationships lead to. */
type Targets = Readonly<
  Record<'products' | 'purchases' | 'reservations' | 'movements', AnyResourceType>
>;

interface RelationshipPorts {
  readonly reader: LedgerReader;
  readonly catalogue: ProductCatalogue;
}

/** Makes the relationships that several resources have. */
export type Relationships = ReturnType<typeof createRelationships>;

/** @param targets is called once all types are declared, since they refer to each other */
export function createRelationships(ports: RelationshipPorts, targets: () => Targets) {
  return {
    ...productRelationships(ports, targets),
    ...ownedRelationships(ports, targets),
    ...movementRelationships(ports, targets),
  };
}

function productRelationships(ports: RelationshipPorts, targets: () => Targets) {
  return {
    productOf<Model>(id: (model: Model) => string): ToOne<Model> {
      return {
        kind: 'one',
        to: () => targets().products,
        id,
        load: (ids, request) => visibleProducts(ports, ids, request),
      };
    },

    productsOf<Model extends { readonly id: string }>(
      lines: (model: Model) => readonly { readonly productId: number }[],
    ): ToMany<Model> {
      const idsOf = (model: Model) => [
        ...new Set(lines(model).map(({ productId }) => String(productId))),
      ];
      return {
        kind: 'many',
        to: () => targets().products,
        async load(models, request) {
          const ids = [...new Set(models.flatMap(idsOf))];
          const products = await visibleProducts(ports, ids, request);
          return new Map(
            models.map((model) => [
              model.id,
              { items: idsOf(model).map((id) => ({ id, model: products.get(id) })) },
            ]),
          );
        },
      };
    },
  };
}

/** Purchases and reservations, of which a caller may see only its own. */
function ownedRelationships({ reader }: RelationshipPorts, targets: () => Targets) {
  return {
    purchaseOf<Model>(id: (model: Model) => string | null): ToOne<Model> {
      return {
        kind: 'one',
        to: () => targets().purchases,
        id,
        load: async (ids, request) => visibleOnes(await reader.purchasesById(ids), request),
      };
    },

    reservationOf<Model>(id: (model: Model) => string | null): ToOne<Model> {
      return {
        kind: 'one',
        to: () => targets().reservations,
        id,
        load: async (ids, request) => visibleOnes(await reader.reservationsById(ids), request),
      };
    },
  };
}

function movementRelationships({ reader }: RelationshipPorts, targets: () => Targets) {
  return {
    movementsOf<Model>(relationship: {
      /** Selects the movements of a model in the list of all. */
      readonly filter: (model: Model) => MovementFilter;
      readonly load: (models: readonly Model[]) => Promise<ReadonlyMap<string, Related>>;
    }): ToMany<Model> {
      return {
        kind: 'many',
        to: () => targets().movements,
        description: 'Latest first. Needs the scope `purchases:read`.',
        guard: readsLedger,
        load: relationship.load,
        list: relatedList({
          declaration: movementList,
          includedSize: MOVEMENTS_INCLUDED,
          read: (model: Model, list) =>
            reader.movements({ ...list, filters: [relationship.filter(model), ...list.filters] }),
        }),
      };
    },
  };
}

/** The latest movements of something that has `total` of them. */
export function relatedMovements(items: readonly Movement[], total: number): Related {
  return { items: items.map((model) => ({ id: String(model.position), model })), total };
}

async function visibleProducts(
  { catalogue }: RelationshipPorts,
  ids: readonly string[],
  request: FastifyRequest,
): Promise<ReadonlyMap<string, ProductDescription>> {
  if (ids.length > MAX_INCLUDED) throw tooManyIncluded();
  const descriptions = await catalogue.describe(ids.map(Number));
  if (!descriptions) throw refusalError([{ type: 'catalogue-unavailable' }], () => undefined);
  const seesAll = request.caller.can('inventory:write');
  const visible = [...descriptions.values()].filter(({ status }) => seesAll || status === 'active');
  return new Map(visible.map((product) => [String(product.productId), product]));
}

/** Those of some purchases or reservations that the caller may see, by id. */
function visibleOnes<Model extends { readonly id: string; readonly owner: string | null }>(
  models: readonly Model[],
  request: FastifyRequest,
): ReadonlyMap<string, Model> {
  const owner = ownerOnly(request);
  const visible = models.filter((one) => owner === undefined || one.owner === owner);
  return new Map(visible.map((model) => [model.id, model]));
}

const readsLedger = {
  config: { scope: 'purchases:read' },
  assertReadable: (request: FastifyRequest) => assertScope(request, 'purchases:read'),
} as const;
