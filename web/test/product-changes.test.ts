import { expect, test } from 'vitest';
import { createApi, type Product } from '../src/api/index.ts';
import { saveChanges, undoOf, type ProductChange } from '../src/office/product-changes.ts';
import { JSON_API, startGateway } from './fake-gateway.ts';

interface Row {
  price: number;
  name: string;
  version: number;
}

/** Products with versions, as the service keeps them. */
async function startProducts(rows: Map<string, Row>, beforeWrite: (id: string) => void = () => {}) {
  const { url, requests } = await startGateway(({ method, path, headers, body }) => {
    const id = path.split('/').at(-1) ?? '';
    const row = rows.get(id);
    if (row === undefined) return refusal(404, 'not-found');
    if (method === 'PATCH') {
      beforeWrite(id);
      if (headers['if-match'] !== `"${row.version}"`) return refusal(412, 'precondition-failed');
      const { data } = body as { data: { attributes: Partial<Row> } };
      Object.assign(row, data.attributes, { version: row.version + 1 });
    }
    return {
      headers: { ...JSON_API, etag: `"${row.version}"` },
      body: { data: { type: 'products', id, attributes: attributesOf(row) } },
    };
  });
  return { api: createApi({ baseUrl: url }), requests };
}

function refusal(status: number, code: string) {
  return { status, headers: JSON_API, body: { errors: [{ status: String(status), code }] } };
}

function attributesOf({ name, price }: Row) {
  const texts = { sku: null, description: null, imageUrl: null };
  const order = { packSize: null, leadTimeDays: null, supplier: null };
  const times = { createdAt: '2026-11-29T10:00:00Z', updatedAt: '2026-11-29T10:00:00Z' };
  return {
    ...texts,
    ...order,
    ...times,
    name,
    price,
    currency: 'USD',
    status: 'active' as const,
    tags: [],
    barcodes: [],
  };
}

const seen = (id: string, row: Row): Product => ({ id, ...attributesOf(row) });

function threeRows() {
  return new Map(
    ['1', '2', '3'].map((id) => [id, { name: `Lamp ${id}`, price: 10, version: 1 }] as const),
  ) as Map<string, Row>;
}

const dearer = (rows: Map<string, Row>): ProductChange[] =>
  [...rows].map(([id, row]) => ({ product: seen(id, row), input: { price: 12 } }));

test('many changes are saved, each of the version that was read, and can be taken back', async () => {
  const rows = threeRows();
  const { api, requests } = await startProducts(rows);
  const counts: number[] = [];
  const outcomes = await saveChanges(api, dearer(rows), (count) => counts.push(count));
  expect(outcomes.map(({ state }) => state)).toEqual(['saved', 'saved', 'saved']);
  expect([...rows.values()].map(({ price }) => price)).toEqual([12, 12, 12]);
  expect(counts).toEqual([1, 2, 3]);
  expect(requests.filter(({ method }) => method === 'PATCH')).toHaveLength(3);

  await saveChanges(api, undoOf(outcomes));
  expect([...rows.values()].map(({ price }) => price)).toEqual([10, 10, 10]);
});

test('what others changed is not overwritten, and stays when the rest is taken back', async () => {
  const rows = threeRows();
  const changes = dearer(rows);
  const { api } = await startProducts(rows);
  Object.assign(rows.get('2') ?? {}, { price: 99, version: 2 });
  const outcomes = await saveChanges(api, changes);
  expect(outcomes.map(({ state }) => state)).toEqual(['saved', 'changed-by-others', 'saved']);
  await saveChanges(api, undoOf(outcomes));
  expect([...rows.values()].map(({ price }) => price)).toEqual([10, 99, 10]);
});

test('a change beside it between read and write is no conflict', async () => {
  const rows = threeRows();
  const changes = dearer(rows);
  let isFirst = true;
  const { api } = await startProducts(rows, (id) => {
    const row = rows.get(id);
    if (row && id === '3' && isFirst) {
      isFirst = false;
      Object.assign(row, { name: 'Lantern', version: 2 });
    }
  });
  const outcomes = await saveChanges(api, changes);
  expect(outcomes.map(({ state }) => state)).toEqual(['saved', 'saved', 'saved']);
  expect(rows.get('3')).toMatchObject({ name: 'Lantern', price: 12 });
});

test('a refused product leaves the others', async () => {
  const rows = threeRows();
  const changes = dearer(rows);
  rows.delete('2');
  const { api } = await startProducts(rows);
  const outcomes = await saveChanges(api, changes);
  expect(outcomes.map(({ state }) => state)).toEqual(['saved', 'refused', 'saved']);
});
