import {
  declareList,
  declareResource,
  orNull,
  resourceRoutes,
  text,
  timestamp,
  type KindsFor,
} from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { PurchaseFilters } from '../../src/application/ledger.ts';
import type { Purchase } from '../../src/domain/purchase.ts';
import { linesSchema } from '../../src/http/lines.ts';
import type { Ports } from '../../src/http/ports.ts';
import { purchaseList } from '../../src/http/purchases/purchase-list.ts';

/**
 * Three mistakes that used to compile. Nothing here runs: `npm run check` compiles it, and fails
 * where an expected error is missing.
 */

export function undeclaredAttribute(app: FastifyInstance, ports: Ports): void {
  const { reader } = ports;
  resourceRoutes(app, ports.resources.purchases, {
    path: '/purchases',
    tags: [],
    origin: (request) => ports.linkBases(request).inventory,
    list: {
      config: { scope: 'purchases:read' },
      summary: 'List purchases',
      declaration: purchaseList,
      run: (list) => reader.purchases(list),
    },
    read: {
      config: { scope: 'purchases:read' },
      summary: 'Read a purchase',
      run: (id) => requirePurchase(ports, id),
    },
    create: {
      config: { scope: 'purchases:write' },
      summary: 'Buy one or more products',
      body: { attributes: Type.Object({ lines: linesSchema }) },
      // @ts-expect-error the body declares no `giftNote`
      run: ({ attributes: { lines, giftNote } }) =>
        requirePurchase(ports, `${String(giftNote)}${lines.length}`),
    },
  });
}

declare function requirePurchase(ports: Ports, id: string): Promise<Purchase>;

export const moneyAsText = declareList({
  filters: {
    reference: orNull(text(200)),
    // @ts-expect-error the ledger compares totals as numbers
    total: text(20),
    currency: text(3),
    createdAt: timestamp(),
  } satisfies KindsFor<PurchaseFilters>,
  sorts: ['createdAt'],
  defaultSort: [{ field: 'createdAt', descending: true }],
});

const moneyAsTextUnchecked = declareList({
  filters: { total: text(20) },
  sorts: ['createdAt'],
  defaultSort: [],
});

export function moneyReadAsText(app: FastifyInstance, ports: Ports): void {
  resourceRoutes(app, ports.resources.purchases, {
    path: '/purchases',
    tags: [],
    origin: (request) => ports.linkBases(request).inventory,
    list: {
      config: { scope: 'purchases:read' },
      summary: 'List purchases',
      declaration: moneyAsTextUnchecked,
      // @ts-expect-error the ledger compares totals as numbers
      run: (list) => ports.reader.purchases(list),
    },
    read: {
      config: { scope: 'purchases:read' },
      summary: 'Read a purchase',
      run: (id) => requirePurchase(ports, id),
    },
  });
}

export const viewBesideItsSchema = declareResource({
  type: 'purchases',
  attributes: Type.Object({ total: Type.Number(), currency: Type.String() }),
  id: ({ id }) => id,
  // @ts-expect-error the view gives no currency
  view: ({ total }: Purchase) => ({ total }),
});
