import { describe, expect, test } from 'vitest';
import { createApi, type ApiError } from '../src/api/index.ts';
import { isKnownColumn, mapColumns, textsOf } from '../src/csv/column-mapping.ts';
import { parseCsv } from '../src/csv/csv-table.ts';
import { exportCsv } from '../src/csv/export-csv.ts';
import { loadShop } from '../src/csv/load-shop.ts';
import { planImport } from '../src/csv/import-plan.ts';
import { runImport } from '../src/csv/run-import.ts';
import { setStock } from '../src/csv/set-stock.ts';
import { decide, type StockChoice } from '../src/csv/stock-choices.ts';
import { SHOP_ID, startShop } from './fake-shop.ts';

describe('an import', () => {
  const never = new AbortController().signal;

  async function importText(
    url: string,
    text: string,
    { signal = never, choice }: { signal?: AbortSignal; choice?: StockChoice } = {},
  ) {
    const api = createApi({ baseUrl: url });
    const table = parseCsv(text, isKnownColumn);
    const rows = textsOf(table, mapColumns(table.header));
    const plan = planImport(rows, await loadShop(api, rows));
    const choices = new Map(choice ? plan.rows.map(({ line }) => [line, choice]) : []);
    const progress: number[] = [];
    const onProgress = ({ done, total }: { done: number; total: number }) =>
      void progress.push(done / total);
    const outcome = await runImport(decide(plan.rows, choices), {
      api,
      signal,
      onProgress,
      waitMs: 1,
    });
    return { plan, outcome, progress };
  }

  const manyRows = (count: number) =>
    `sku,name,price,stock\n${Array.from({ length: count }, (_, n) => `S-${n},Thing ${n},${n % 90}.50,${n % 50}`).join('\n')}`;

  test('of 5,000 rows takes them all, and changes nothing the second time', async () => {
    const shop = await startShop();
    const first = await importText(shop.url, manyRows(5_000));
    expect(first.outcome).toMatchObject({
      created: 5_000,
      stocked: 5_000,
      faults: [],
      stoppedBy: null,
    });
    expect(first.progress.at(-1)).toBe(1);
    expect(first.progress.length).toBeGreaterThan(20);
    expect(shop.products.size).toBe(5_000);
    expect(shop.stock.get([...shop.products].find(([, one]) => one.sku === 'S-7')?.[0] ?? '')).toBe(
      7,
    );
    const again = await importText(shop.url, manyRows(5_000));
    expect(again.plan.unchanged).toBe(5_000);
    expect(again.outcome).toMatchObject({ created: 0, updated: 0, stocked: 0 });
    expect(shop.largestBody).toBeLessThan(1_000_000);
  });

  test('leaves out the rows that the service refuses and takes the others', async () => {
    const shop = await startShop({ refuse: (one) => one.name === 'Bad' });
    const text = 'sku,name,price,stock\nA,Good,1,1\nB,Bad,2,2\nC,Fine,3,3\nD,Bad,4,4';
    const { outcome, progress } = await importText(shop.url, text);
    expect(outcome).toMatchObject({ created: 2, stocked: 2, stoppedBy: null });
    expect(outcome.faults).toMatchObject([
      { line: 3, sku: 'B', fault: 'refused', text: 'It is bad.' },
      { line: 5, sku: 'D', fault: 'refused' },
    ]);
    expect(progress.at(-1)).toBe(1);
  });

  test('waits while the service is busy', async () => {
    const shop = await startShop({ busyFor: 3 });
    const { outcome } = await importText(shop.url, manyRows(10));
    expect(outcome).toMatchObject({ created: 10, stocked: 10, stoppedBy: null });
  });

  test('that loses the answer about stock asks again with the same key', async () => {
    const shop = await startShop({ loseStockAnswers: 1 });
    const { outcome } = await importText(shop.url, manyRows(10));
    expect(outcome).toMatchObject({ stocked: 10, stoppedBy: null });
    expect(shop.stockKeys).toHaveLength(2);
    expect(new Set(shop.stockKeys).size).toBe(1);
  });

  test('that loses the answer about products stops, and goes on when it is run again', async () => {
    const shop = await startShop({ loseProductAnswers: 1 });
    const { outcome } = await importText(shop.url, manyRows(10));
    expect(outcome.stoppedBy).toEqual({ kind: 'outcome-unknown' });
    const again = await importText(shop.url, manyRows(10));
    expect(again.outcome).toMatchObject({ created: 0, stocked: 10, stoppedBy: null });
    expect(shop.products.size).toBe(10);
  });

  test('can be stopped between two requests', async () => {
    const shop = await startShop();
    const controller = new AbortController();
    controller.abort();
    const { outcome } = await importText(shop.url, manyRows(10), { signal: controller.signal });
    expect(outcome.stoppedBy).toBe('cancelled');
    expect(shop.products.size).toBe(0);
  });

  const setTo = (units: number) =>
    `sku,stock\n${[0, 1, 2].map((n) => `S-${n},${units}`).join('\n')}`;

  test('that is stopped half-way goes on when it is run again', async () => {
    const shop = await startShop();
    const controller = new AbortController();
    const api = createApi({ baseUrl: shop.url });
    const table = parseCsv(manyRows(600), isKnownColumn);
    const rows = textsOf(table, mapColumns(table.header));
    const plan = planImport(rows, await loadShop(api, rows));
    const outcome = await runImport(decide(plan.rows, new Map()), {
      api,
      signal: controller.signal,
      onProgress: ({ done }) => void (done >= 700 && controller.abort()),
      waitMs: 1,
    });
    expect(outcome).toMatchObject({ created: 600, stocked: 250, stoppedBy: 'cancelled' });
    const again = await importText(shop.url, manyRows(600));
    expect(again.plan).toMatchObject({ created: 0, updated: 0, unchanged: 250 });
    expect(again.outcome).toMatchObject({ created: 0, stocked: 350, stoppedBy: null });
    expect([shop.products.size, shop.stock.size]).toEqual([600, 600]);
  });

  test('sets a stock as it was seen, with a key that it keeps until it is answered', async () => {
    const shop = await startShop({ loseStockAnswers: 0 });
    await importText(shop.url, manyRows(3));
    expect([...shop.stock.values()]).toEqual([0, 1, 2]);
    const leftover = await importText(shop.url, setTo(9));
    expect(leftover.outcome, 'nobody chose').toMatchObject({ stocked: 0 });
    const losing = await startShop({ loseStockAnswers: 2 });
    await importText(losing.url, manyRows(3));
    const before = losing.stockKeys.length;
    const { outcome } = await importText(losing.url, setTo(9), { choice: 'set' });
    expect(outcome).toMatchObject({ stocked: 3, changedStocks: [], stoppedBy: null });
    expect([...losing.stock.values()]).toEqual([9, 9, 9]);
    expect(new Set(losing.stockKeys.slice(before)).size).toBe(3);
  });

  test('leaves a stock that was sold meanwhile, and tells which', async () => {
    let isSold = false;
    const shop = await startShop({
      beforeSet(id, { sell }) {
        if (id === '2' && !isSold) sell(id, 1);
        isSold ||= id === '2';
      },
    });
    await importText(shop.url, manyRows(3));
    const { outcome } = await importText(shop.url, setTo(9), { choice: 'set' });
    expect(outcome).toMatchObject({ stocked: 2, faults: [], stoppedBy: null });
    expect(outcome.changedStocks).toMatchObject([{ productId: '2', units: 9, now: { onHand: 0 } }]);
    expect([...shop.stock.values()]).toEqual([9, 0, 9]);
    // A person who sees it may set it all the same.
    const [changedStock] = outcome.changedStocks;
    if (!changedStock) throw new Error('none was left');
    const { productId, units, now } = changedStock;
    const api = createApi({ baseUrl: shop.url });
    const again = { api, signal: never, waitMs: 1 };
    const set = await setStock(units, now.onHand, now.version, productId, again);
    expect(set).toEqual({ ok: true, value: null });
    expect(shop.stock.get('2')).toBe(9);
  });

  test('sets a stock on which only holds were made since', async () => {
    let isHeld = false;
    const shop = await startShop({
      beforeSet(id, { sell }) {
        if (!isHeld) sell(id, 0);
        isHeld = true;
      },
    });
    await importText(shop.url, manyRows(1));
    const { outcome } = await importText(shop.url, 'sku,stock\nS-0,9', { choice: 'set' });
    expect(outcome).toMatchObject({ stocked: 1, changedStocks: [] });
  });

  test('says of products without a SKU when nobody knows whether they were made', async () => {
    const shop = await startShop({ loseProductAnswers: 1 });
    const { outcome } = await importText(shop.url, 'sku,name,price\n,Nameless,1\nA,Mug,2');
    expect(outcome.stoppedBy).toEqual({ kind: 'outcome-unknown' } satisfies ApiError);
    expect(outcome.faults).toMatchObject([{ line: 2, sku: null, fault: 'outcome-unknown' }]);
  });

  test('of an export finds everything as it is, and brings no sold unit back', async () => {
    const shop = await startShop();
    await importText(shop.url, manyRows(20));
    const api = createApi({ baseUrl: shop.url });
    const ids = [...shop.products.keys()];
    const products = await api.productsById(ids);
    const levels = await api.levelsById(ids);
    if (!products.ok || !levels.ok) throw new Error('nothing to export');
    const file = exportCsv(products.value, levels.value, SHOP_ID);
    shop.sell('20', 3);
    const { plan, outcome } = await importText(shop.url, file.replace('Thing 19,', 'Thing XIX,'));
    expect(plan).toMatchObject({ unchanged: 19, updated: 1, created: 0, faults: [] });
    expect(outcome).toMatchObject({ updated: 1, stocked: 0 });
    expect(shop.stock.get('20')).toBe(16);
  });
});
