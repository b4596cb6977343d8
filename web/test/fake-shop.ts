import { levelData, productData, refusal, startGateway, type Reply } from './fake-gateway.ts';

interface Kept {
  sku: string | null;
  name: string;
  price: number;
}

interface Habits {
  readonly refuse?: (product: Kept) => boolean;
  /** So many operations are refused with 503 first. */
  readonly busyFor?: number;
  /** So many times the work is done and its answer lost. */
  readonly loseStockAnswers?: number;
  readonly loseProductAnswers?: number;
  /** Called before a stock is set alone: others may change it. */
  readonly beforeSet?: (id: string, shop: { sell(id: string, units: number): void }) => void;
}

export const SHOP_ID = '00000000000000000000000000000001';

interface Sent {
  readonly op: string;
  readonly data: { readonly id?: string; readonly attributes: Kept & { readonly onHand?: number } };
}

const ATOMIC = { 'content-type': 'application/vnd.api+json;ext="https://jsonapi.org/ext/atomic"' };

/**
 * As much of both services as an import meets: finding by SKU and by id, and lists of operations,
 * all or none.
 */
export async function startShop(habits: Habits = {}) {
  const products = new Map<string, Kept>();
  const stock = new Map<string, number>();
  const versions = new Map<string, number>();
  const stockKeys: string[] = [];
  const seenKeys = new Set<string>();
  let { busyFor = 0, loseStockAnswers = 0, loseProductAnswers = 0 } = habits;
  let largestBody = 0;

  function operateProducts(operations: readonly Sent[]): Reply {
    const errors = operations.flatMap(({ data }, index) =>
      habits.refuse?.(data.attributes)
        ? [
            {
              status: '422',
              code: 'invalid-attribute',
              detail: 'It is bad.',
              source: { pointer: `/atomic:operations/${index}/data/attributes/name` },
            },
          ]
        : [],
    );
    if (errors.length > 0) return { status: 422, headers: ATOMIC, body: { errors } };
    const results = operations.map(({ data }) => {
      const id = data.id ?? String(products.size + 1);
      const merged = { ...products.get(id), ...data.attributes };
      products.set(id, merged);
      return { data: productData(id, merged) };
    });
    return { headers: ATOMIC, body: { 'atomic:results': results } };
  }

  function keep(id: string, onHand: number): void {
    stock.set(id, onHand);
    versions.set(id, (versions.get(id) ?? 0) + 1);
  }
  const sell = (id: string, units: number) => keep(id, (stock.get(id) ?? 0) - units);
  const levelOf = (id: string) =>
    levelData(id, { onHand: stock.get(id) ?? 0, version: versions.get(id) ?? 1 });

  function setStock(id: string, onHand: number, key: string, ifMatch: string): Reply | 'hang up' {
    habits.beforeSet?.(id, { sell });
    if (!seenKeys.has(key)) {
      if (ifMatch !== `"${versions.get(id)}"`) return refusal(412, 'precondition-failed');
      keep(id, onHand);
      seenKeys.add(key);
    }
    if (loseStockAnswers <= 0) return { body: { data: levelOf(id) } };
    loseStockAnswers -= 1;
    return 'hang up';
  }

  function operateStock(operations: readonly Sent[], key: string): Reply {
    if (!seenKeys.has(key)) {
      for (const { op, data } of operations)
        if (op === 'add') keep(data.id ?? '', data.attributes.onHand ?? 0);
      seenKeys.add(key);
    }
    const results = operations.map(({ data }) => ({ data: levelOf(data.id ?? '') }));
    return { headers: ATOMIC, body: { 'atomic:results': results } };
  }

  const { url } = await startGateway(({ method, path, query, headers, body }) => {
    if (method === 'GET' && path === '/api/v1/products') {
      const skus = new Set((query.get('filter[sku][in]') ?? '').split(','));
      const ids = new Set((query.get('filter[id]') ?? '').split(','));
      const matches = [...products].filter(([id, { sku }]) => skus.has(sku ?? '') || ids.has(id));
      const meta = { shop: SHOP_ID, currency: 'USD' };
      return { body: { meta, data: matches.map(([id, merged]) => productData(id, merged)) } };
    }
    if (method === 'GET' && path === '/api/v1/inventories') {
      const ids = (query.get('filter[id]') ?? '').split(',').filter((id) => stock.has(id));
      return { body: { data: ids.map(levelOf) } };
    }
    const single = /^\/api\/v1\/inventories\/(\d+)$/.exec(path)?.[1];
    if (method === 'GET' && single !== undefined) return { body: { data: levelOf(single) } };
    if (method === 'PATCH' && single !== undefined) {
      const { data } = body as { data: { attributes: { onHand: number } } };
      const key = String(headers['idempotency-key']);
      stockKeys.push(key);
      return setStock(single, data.attributes.onHand, key, String(headers['if-match']));
    }
    largestBody = Math.max(largestBody, JSON.stringify(body).length);
    const operations = (body as { 'atomic:operations': Sent[] })['atomic:operations'];
    if (busyFor > 0) {
      busyFor -= 1;
      return refusal(503, 'overloaded');
    }
    if (path === '/api/v1/product-operations') {
      const reply = operateProducts(operations);
      if (loseProductAnswers <= 0) return reply;
      loseProductAnswers -= 1;
      return 'hang up';
    }
    const key = String(headers['idempotency-key']);
    stockKeys.push(key);
    const reply = operateStock(operations, key);
    if (loseStockAnswers <= 0) return reply;
    loseStockAnswers -= 1;
    return 'hang up';
  });

  return {
    url,
    products,
    stock,
    sell,
    stockKeys,
    get largestBody() {
      return largestBody;
    },
  };
}
