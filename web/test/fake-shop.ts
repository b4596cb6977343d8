import { levelData, productData, refusal, startGateway, type Reply } from './fake-gateway.ts';

interface Kept {
  sku: string;
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
}

interface Sent {
  readonly op: string;
  readonly data: { readonly id?: string; readonly attributes: Kept & { readonly onHand?: number } };
}

const ATOMIC = { 'content-type': 'application/vnd.api+json;ext="https://jsonapi.org/ext/atomic"' };

/** As much of both services as an import meets: finding by SKU and by id, and lists of operations, all or none. */
export async function startShop(habits: Habits = {}) {
  const products = new Map<string, Kept>();
  const stock = new Map<string, number>();
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
      const kept = { ...products.get(id), ...data.attributes };
      products.set(id, kept);
      return { data: productData(id, kept) };
    });
    return { headers: ATOMIC, body: { 'atomic:results': results } };
  }

  function operateStock(operations: readonly Sent[], key: string): Reply {
    if (!seenKeys.has(key)) {
      for (const { data } of operations) stock.set(data.id ?? '', data.attributes.onHand ?? 0);
      seenKeys.add(key);
    }
    const results = operations.map(({ data }) => ({ data: levelData(data.id ?? '') }));
    return { headers: ATOMIC, body: { 'atomic:results': results } };
  }

  const { url } = await startGateway(({ method, path, query, headers, body }) => {
    if (method === 'GET' && path === '/api/v1/products') {
      const skus = new Set((query.get('filter[sku][in]') ?? '').split(','));
      const found = [...products].filter(([, { sku }]) => skus.has(sku));
      return { body: { data: found.map(([id, kept]) => productData(id, kept)) } };
    }
    if (method === 'GET' && path === '/api/v1/inventories') {
      const ids = (query.get('filter[id]') ?? '').split(',').filter((id) => stock.has(id));
      return { body: { data: ids.map((id) => levelData(id, { onHand: stock.get(id) })) } };
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
    stockKeys,
    get largestBody() {
      return largestBody;
    },
  };
}
