import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { projectFolder } from '../tools/settings.ts';
import { fillLedger, fillProducts } from './fill.ts';
import { load, summary, type Load, type Measurement, type Requests } from './load.ts';
import { createShop, startServer, type ServerProcess, type Shop } from './shop.ts';

// npm run bench: what the guarantees cost, as ratios of the same server doing nothing, all in one
// run.

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '6' },
    only: { type: 'string' },
    profile: { type: 'string' },
  },
});
const seconds = Number(flags.seconds);
const PRODUCTS = 1_000;

const purchasePath = '/api/v1/purchases';
const lineOf = (productId: number) => ({ productId: String(productId), quantity: 1 });
const purchaseOf = (...productIds: number[]) => ({
  data: { type: 'purchases', attributes: { lines: productIds.map(lineOf) } },
});

let turn = 0;
/** Goes round products 1 to `count`. */
const nextProduct = (count = PRODUCTS): number => (turn++ % count) + 1;

const get = (path: () => string): Requests => ({ method: 'GET', next: () => ({ path: path() }) });
const post = (path: string, body: () => object): Requests => ({
  method: 'POST',
  next: () => ({ path, body: body() }),
});

const reservationOf = (productId: number) => ({
  data: {
    type: 'reservations',
    attributes: { lines: [lineOf(productId)], expiresInSeconds: 3_600 },
  },
});
const receiptOf = (productId: number) => ({
  type: 'stock-movements',
  attributes: { kind: 'receipt', quantity: 1 },
  relationships: { product: { data: { type: 'products', id: String(productId) } } },
});
const receipts = post('/api/v1/stock-movements', () => ({ data: receiptOf(nextProduct()) }));
const LINES = 1_000;
/**
 * Many receipts as one request; of such requests a few are as much work as one service can have.
 */
const listedReceipts: Requests = {
  ...post('/api/v1/stock-operations', () => ({
    'atomic:operations': Array.from({ length: LINES }, () => {
      return { op: 'add', data: receiptOf(nextProduct()) };
    }),
  })),
  mediaType: 'application/vnd.api+json;ext="https://jsonapi.org/ext/atomic"',
  connections: 4,
  lines: LINES,
};
const list = get(() => '/api/v1/products?page[size]=20');
const searchAmong = (count: number): Requests =>
  get(() => `/api/v1/products?filter[search]=product+${nextProduct(count)}`);

/** A server and what it is asked for. */
interface Target {
  readonly origin: string;
  readonly requests: Requests;
}

/** Both are measured by turns: on a shared machine the next minute is another machine. */
const ROUNDS = 4;
const WARM_UP_SECONDS = 1;
const NO_OP_SHARE = 0.5;

async function run(name: string, target: Target, noOp: Target): Promise<void> {
  if (flags.only !== undefined && !name.includes(flags.only)) return;
  await load(target.origin, target.requests, WARM_UP_SECONDS);
  const rounds: Load[] = [];
  const noOpRounds: Load[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    noOpRounds.push(await load(noOp.origin, noOp.requests, (seconds / ROUNDS) * NO_OP_SHARE));
    rounds.push(await load(target.origin, target.requests, seconds / ROUNDS));
  }
  console.log(format(name, summary(rounds, target.requests.lines), summary(noOpRounds)));
}

function format(name: string, measured: Measurement, noOp: Measurement): string {
  const { requestsPerSecond, p50Ms, p99Ms } = measured;
  const ratio = (requestsPerSecond / noOp.requestsPerSecond).toFixed(2);
  const p99Ratio = (p99Ms / noOp.p99Ms).toFixed(1);
  const columns = [requestsPerSecond, p50Ms, p99Ms, noOp.requestsPerSecond, ratio, p99Ratio];
  return `| ${name.padEnd(50)} |${columns.map((value) => String(value).padStart(8)).join(' |')} |`;
}

async function withShop(
  fill: (shop: Shop) => void,
  work: (shop: Shop) => Promise<void>,
): Promise<void> {
  const shop = await createShop({ profileFolder: flags.profile ?? null });
  try {
    fill(shop);
    await shop.start();
    await work(shop);
    for (const name of ['products', 'inventory'] as const) {
      console.log(`${name}: at most ${shop.peakMemoryMiB(name)} MiB`);
    }
    await shop.stop();
    const [, commands, batches] =
      /"commands":(\d+),"batches":(\d+)/.exec(shop.output('inventory')) ?? [];
    console.log(
      `inventory: ${commands} changes in ${batches} commits, ${(Number(commands) / Number(batches)).toFixed(1)} a commit`,
    );
  } finally {
    await shop.remove();
  }
}

async function withServer(
  script: string,
  env: Record<string, string>,
  work: (server: ServerProcess) => Promise<void>,
): Promise<void> {
  const server = await startServer(script, { env });
  try {
    await work(server);
  } finally {
    await server.stop();
  }
}

console.log(
  `${cpus().length} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${seconds} s each`,
);
const titles = ['req/s', 'p50 ms', 'p99 ms', 'no-op', '× no-op', '× its p99'];
console.log(`| ${'scenario'.padEnd(50)} |${titles.map((title) => title.padStart(8)).join(' |')} |`);
console.log(`|${'-'.repeat(52)}|${'--------:|'.repeat(titles.length)}`);

await withServer(`${projectFolder}/bench/no-op-server.ts`, {}, async ({ origin }) => {
  const noOpPost = { origin, requests: post('/api/v1/no-op', () => purchaseOf(nextProduct())) };
  const noOpGet = { origin, requests: get(() => '/api/v1/no-op') };
  await load(origin, noOpPost.requests, WARM_UP_SECONDS);
  await load(origin, noOpGet.requests, WARM_UP_SECONDS);

  await withShop(
    ({ files }) => {
      fillProducts(files.products, PRODUCTS);
      fillLedger(files.inventory, PRODUCTS, 10_000);
    },
    async ({ origins: { inventory, products } }) => {
      const spread = post(purchasePath, () => purchaseOf(nextProduct()));
      // What a service compiles for the first ten thousand requests says nothing of the next
      // million.
      await load(inventory, spread, WARM_UP_SECONDS);
      const purchases = { origin: inventory, requests: spread };
      await run('purchases over 1,000 products, 10,000 movements', purchases, noOpPost);
      const hot = { origin: inventory, requests: post(purchasePath, () => purchaseOf(7)) };
      await run('purchases of one hot product', hot, noOpPost);
      const five = post(purchasePath, () =>
        purchaseOf(nextProduct(), nextProduct(), nextProduct(), nextProduct(), nextProduct()),
      );
      await run('purchases of five lines', { origin: inventory, requests: five }, noOpPost);
      const reservation = post('/api/v1/reservations', () => reservationOf(nextProduct()));
      await run('reservations', { origin: inventory, requests: reservation }, noOpPost);
      const single = { origin: inventory, requests: receipts };
      await run('receipts', single, noOpPost);
      const listed = { origin: inventory, requests: listedReceipts };
      await run('stock updates of 1,000 operations, lines/receipts', listed, single);
      const stock = get(() => `/api/v1/inventories/${nextProduct()}`);
      await run('stock reads', { origin: inventory, requests: stock }, noOpGet);
      const product = get(() => `/api/v1/products/${nextProduct()}`);
      await run('product reads', { origin: products, requests: product }, noOpGet);
      await run('list of 20 of 1,000 products', { origin: products, requests: list }, noOpGet);
      const found = { origin: products, requests: searchAmong(PRODUCTS) };
      await run('search in 1,000 products', found, noOpGet);
    },
  );

  await withShop(
    ({ files }) => {
      fillProducts(files.products, 100_000);
      fillLedger(files.inventory, PRODUCTS, 1_000_000);
    },
    async ({ origins: { inventory, products } }) => {
      const spread = post(purchasePath, () => purchaseOf(nextProduct()));
      await load(inventory, spread, WARM_UP_SECONDS);
      const purchases = { origin: inventory, requests: spread };
      await run('purchases over 1,000 products, 1,000,000 movements', purchases, noOpPost);
      await run('list of 20 of 100,000 products', { origin: products, requests: list }, noOpGet);
      const found = { origin: products, requests: searchAmong(100_000) };
      await run('search in 100,000 products', found, noOpGet);
    },
  );

  const naive = await createShop({ profileFolder: null });
  try {
    fillLedger(naive.files.inventory, PRODUCTS, 10_000);
    await withServer(
      `${projectFolder}/bench/naive-server.ts`,
      { DATABASE_FILE: naive.files.inventory },
      async (server) => {
        const requests = post(purchasePath, () => purchaseOf(nextProduct()));
        const target = { origin: server.origin, requests };
        await run('purchases with a transaction each (naive)', target, noOpPost);
      },
    );
  } finally {
    await naive.remove();
  }
});
