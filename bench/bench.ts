import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { projectFolder } from '../tools/settings.ts';
import { fillLedger, fillProducts } from './fill.ts';
import { measure, type Measurement, type Requests } from './load.ts';
import { createShop, startServer, type ServerProcess, type Shop } from './shop.ts';

// npm run bench: what the guarantees cost, as ratios of the same server doing nothing, all in one run.

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

interface Row {
  readonly name: string;
  readonly measurement: Measurement;
  readonly against: Measurement | null;
}

const rows: Row[] = [];

async function run(
  name: string,
  origin: string,
  requests: Requests,
  against: Measurement | null,
): Promise<Measurement | null> {
  if (flags.only !== undefined && against !== null && !name.includes(flags.only)) return null;
  const measurement = await measure(origin, requests, seconds);
  rows.push({ name, measurement, against });
  console.log(format(rows.at(-1)));
  return measurement;
}

function format(row: Row | undefined): string {
  if (!row) return '';
  const { name, measurement, against } = row;
  const { requestsPerSecond, p50Ms, p99Ms } = measurement;
  const ratio = against ? (requestsPerSecond / against.requestsPerSecond).toFixed(2) : '1';
  const p99Ratio = against ? (p99Ms / Math.max(against.p99Ms, 1)).toFixed(1) : '1';
  const columns = [requestsPerSecond, p50Ms, p99Ms, ratio, p99Ratio].map((value) =>
    String(value).padStart(8),
  );
  return `| ${name.padEnd(46)} |${columns.join(' |')} |`;
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
console.log(`| ${'scenario'.padEnd(46)} |   req/s |  p50 ms |  p99 ms | × no-op | × its p99 |`);
console.log(`|${'-'.repeat(48)}|${'--------:|'.repeat(5)}`);

let noOpPost: Measurement | null = null;
let noOpGet: Measurement | null = null;
await withServer(`${projectFolder}/bench/no-op-server.ts`, {}, async ({ origin }) => {
  await measure(
    origin,
    post('/api/v1/no-op', () => purchaseOf(1)),
    2,
  );
  noOpPost = await run(
    'no-op POST',
    origin,
    post('/api/v1/no-op', () => purchaseOf(nextProduct())),
    null,
  );
  noOpGet = await run(
    'no-op GET',
    origin,
    get(() => '/api/v1/no-op'),
    null,
  );
});

await withShop(
  ({ files }) => {
    fillProducts(files.products, PRODUCTS);
    fillLedger(files.inventory, PRODUCTS, 10_000);
  },
  async ({ origins }) => {
    const { inventory, products } = origins;
    await measure(
      inventory,
      post(purchasePath, () => purchaseOf(nextProduct())),
      3,
    );
    await run(
      'purchases over 1,000 products, 10,000 movements',
      inventory,
      post(purchasePath, () => purchaseOf(nextProduct())),
      noOpPost,
    );
    await run(
      'purchases of one hot product',
      inventory,
      post(purchasePath, () => purchaseOf(7)),
      noOpPost,
    );
    const five = () =>
      purchaseOf(nextProduct(), nextProduct(), nextProduct(), nextProduct(), nextProduct());
    await run('purchases of five lines', inventory, post(purchasePath, five), noOpPost);
    const reservation = () => ({
      data: {
        type: 'reservations',
        attributes: { lines: [lineOf(nextProduct())], expiresInSeconds: 3_600 },
      },
    });
    await run('reservations', inventory, post('/api/v1/reservations', reservation), noOpPost);
    await run(
      'stock reads',
      inventory,
      get(() => `/api/v1/inventories/${nextProduct()}`),
      noOpGet,
    );
    await run(
      'product reads',
      products,
      get(() => `/api/v1/products/${nextProduct()}`),
      noOpGet,
    );
    await run(
      'list of 20 of 1,000 products',
      products,
      get(() => '/api/v1/products?page[size]=20'),
      noOpGet,
    );
    await run(
      'search in 1,000 products',
      products,
      get(() => `/api/v1/products?filter[search]=product+${nextProduct()}`),
      noOpGet,
    );
  },
);

await withShop(
  ({ files }) => {
    fillProducts(files.products, 100_000);
    fillLedger(files.inventory, PRODUCTS, 1_000_000);
  },
  async ({ origins }) => {
    const { inventory, products } = origins;
    await measure(
      inventory,
      post(purchasePath, () => purchaseOf(nextProduct())),
      3,
    );
    await run(
      'purchases over 1,000 products, 1,000,000 movements',
      inventory,
      post(purchasePath, () => purchaseOf(nextProduct())),
      noOpPost,
    );
    await run(
      'list of 20 of 100,000 products',
      products,
      get(() => '/api/v1/products?page[size]=20'),
      noOpGet,
    );
    await run(
      'search in 100,000 products',
      products,
      get(() => `/api/v1/products?filter[search]=product+${nextProduct(100_000)}`),
      noOpGet,
    );
  },
);

const naive = await createShop({ profileFolder: null });
try {
  fillLedger(naive.files.inventory, PRODUCTS, 10_000);
  await withServer(
    `${projectFolder}/bench/naive-server.ts`,
    { DATABASE_FILE: naive.files.inventory },
    async ({ origin }) => {
      await run(
        'purchases with a transaction each (naive)',
        origin,
        post(purchasePath, () => purchaseOf(nextProduct())),
        noOpPost,
      );
    },
  );
} finally {
  await naive.remove();
}
