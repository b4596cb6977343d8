import { existsSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { projectFolder, serviceEnvironment, serviceNodeFlags } from '../tools/settings.ts';
import { publishRate, startBrokers, type BenchBroker } from './brokers.ts';
import { measureByTurns, type Contestant } from './comparison.ts';
import { postgresStore, sqliteStore, type Store } from './databases.ts';
import { CONNECTIONS, giveAnswer, load, type Requests } from './load.ts';
import { startBenchServer, type BenchServer } from './postgres.ts';
import { hotPurchases, purchases, stages, STOCKED, yardstickRequests } from './scenarios.ts';
import type { Scenario, Stage } from './scenarios.ts';
import { API_KEY, startServer, startShop } from './shop.ts';
import type { ServerProcess, Shop } from './shop.ts';
import { tableHead, tableRatioRow, tableRows } from './table.ts';
import { hasThreadTimes, threadTimes, total, untilIdle } from './thread-times.ts';
import { startWebhooks } from './webhooks.ts';

// npm run bench: what the services cost, as ratios of a yardstick that stays as it is. See README.

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '6' },
    store: { type: 'string', default: 'sqlite' },
    only: { type: 'string', multiple: true },
    against: { type: 'string' },
    profile: { type: 'string' },
  },
});
const seconds = Number(flags.seconds);
if (flags.store !== 'sqlite' && flags.store !== 'postgres')
  throw new Error('--store must be sqlite or postgres');
const isWanted = (name: string): boolean =>
  flags.only === undefined || flags.only.some((part) => name.includes(part));
const profileFolder = flags.profile ?? null;
const checkouts =
  flags.against === undefined
    ? [{ name: 'here', folder: projectFolder }]
    : [
        { name: 'here', folder: projectFolder },
        { name: 'there', folder: resolve(flags.against) },
      ];

interface Setting {
  readonly yardstick: ServerProcess;
  readonly ceiling: ServerProcess;
  readonly store: Store;
  /** What the database server has taken of the processors; on SQLite there is none. */
  readonly databaseTimes: () => number;
}

async function runStage({ products, movements, scenarios }: Stage, setting: Setting) {
  const selection = scenarios.filter(({ name }) => isWanted(name));
  if (selection.length === 0) return;
  const shops: { name: string; shop: Shop }[] = [];
  try {
    for (const { name, folder } of checkouts) {
      const fill = { products, stocked: STOCKED, movements };
      const { store } = setting;
      shops.push({ name, shop: await startShop({ checkout: folder, fill, store, profileFolder }) });
    }
    for (const scenario of selection) await runScenario(scenario, shops, setting);
    for (const { name, shop } of shops) await printUse(name, shop);
  } finally {
    for (const { shop } of shops) await shop.remove();
  }
}

async function runScenario(
  { name, service, requests, yardstick: sample = requests, withCeiling = false }: Scenario,
  shops: readonly { name: string; shop: Shop }[],
  { yardstick, ceiling, databaseTimes }: Setting,
): Promise<void> {
  const contestants = shops.map((one) => ({
    name: one.name,
    servers: one.shop.servers[service],
    requests,
    databaseTimes,
  }));
  const first = contestants[0]?.servers[0];
  if (first === undefined) return;
  const answered = encodeURIComponent(name);
  const like = yardstickRequests(sample, answered);
  const others = [
    { name: 'yardstick', server: yardstick },
    ...(withCeiling ? [{ name: 'node:http', server: ceiling }] : []),
  ];
  for (const { server } of others)
    await giveAnswer(first.origin, sample, `${server.origin}/answers/${answered}`);
  await compare(name, [
    ...others.map((other) => ({ name: other.name, servers: [other.server], requests: like })),
    ...contestants,
  ]);
}

async function compare(name: string, contestants: readonly Contestant[]): Promise<void> {
  const results = await measureByTurns(contestants, seconds);
  console.log(tableRows(name, results));
  const here = results.find((result) => result.name === 'here');
  const there = results.find((result) => result.name === 'there');
  if (here && there) console.log(tableRatioRow(here, there));
}

/** Memory, and how many changes share a commit: known once a shop has been measured. */
async function printUse(name: string, shop: Shop): Promise<void> {
  const peaks = (['products', 'inventory'] as const).map(
    (service) => `${service} at most ${shop.peakMemoryMiB(service)} MiB`,
  );
  await shop.stop();
  const [, commands, batches] =
    /"commands":(\d+),"batches":(\d+)/.exec(shop.lastOutput('inventory')) ?? [];
  const shared = Number(batches) > 0 ? (Number(commands) / Number(batches)).toFixed(1) : 'no';
  console.log(`${name}: ${peaks.join(', ')}; ${shared} changes a commit`);
}

const SMALL_FILL = { products: STOCKED, stocked: STOCKED, movements: 10_000 };

/** The usual way to sell, which shares no commit. */
async function withNaive<Result>(
  { store }: Setting,
  use: (server: ServerProcess) => Promise<Result>,
): Promise<Result> {
  const databases = await store.createDatabases(projectFolder, SMALL_FILL);
  const script = { sqlite: 'naive-server.ts', postgres: 'naive-postgres-server.ts' }[store.name];
  const server = await startServer(`bench/${script}`, {
    folder: projectFolder,
    env: { API_KEY, DATABASE_URL: databases.urls.inventory },
  });
  try {
    return await use(server);
  } finally {
    await server.stop();
    databases.remove();
  }
}

/** What a request costs before and after a service, in the checkouts that can show it. */
async function runIdle({ yardstick }: Setting): Promise<void> {
  const name = 'a route that does nothing';
  if (!isWanted(name)) return;
  const script = 'bench/idle-server.ts';
  const able = checkouts.filter(({ folder }) => existsSync(join(folder, script)));
  const contestants: Contestant[] = [];
  const servers: ServerProcess[] = [];
  try {
    for (const { name: which, folder } of able) {
      const server = await startServer(script, {
        folder,
        env: { ...serviceEnvironment },
        flags: serviceNodeFlags,
      });
      servers.push(server);
      contestants.push({ name: which, servers: [server], requests: purchases });
    }
    const answered = encodeURIComponent(name);
    const [first] = servers;
    if (first) await giveAnswer(first.origin, purchases, `${yardstick.origin}/answers/${answered}`);
    const like = yardstickRequests(purchases, answered);
    await compare(name, [
      { name: 'yardstick', servers: [yardstick], requests: like },
      ...contestants,
    ]);
  } finally {
    for (const server of servers) await server.stop();
  }
}

async function runNaive(setting: Setting): Promise<void> {
  const name = 'purchases by a commit each (naive)';
  if (!isWanted(name)) return;
  const { yardstick, databaseTimes } = setting;
  await withNaive(setting, async (server) => {
    const answered = encodeURIComponent(name);
    await giveAnswer(server.origin, purchases, `${yardstick.origin}/answers/${answered}`);
    const like = yardstickRequests(purchases, answered);
    await compare(name, [
      { name: 'yardstick', servers: [yardstick], requests: like },
      { name: 'naive', servers: [server], requests: purchases, databaseTimes },
    ]);
  });
}

/** The console, and each broker: what they cost the purchases, and how many events they get. */
async function runBrokers({ store, databaseTimes }: Setting): Promise<void> {
  const name = 'selling beside a broker';
  const paced = `${RATE} purchases a second beside a broker`;
  const withRates = isWanted('events a second at a broker');
  if (!isWanted(name) && !isWanted(paced) && !withRates) return;
  const brokers: BenchBroker[] = [
    { name: 'console', settings: {}, running: null },
    ...(await startBrokers()),
  ];
  const shops: { broker: BenchBroker; shop: Shop }[] = [];
  try {
    for (const broker of brokers) {
      const { settings } = broker;
      const options = { checkout: projectFolder, fill: SMALL_FILL, store, settings, profileFolder };
      shops.push({ broker, shop: await startShop(options) });
    }
    const contestants = (requests: Requests): Contestant[] =>
      shops.map(({ broker, shop }) => ({
        name: broker.name,
        servers: shop.servers.inventory,
        requests,
        databaseTimes,
        settle: () => untilIdle(shop.servers.inventory[0]?.pid ?? 0),
      }));
    if (isWanted(name)) await compare(name, contestants(purchases));
    if (isWanted(paced)) await compare(paced, contestants({ ...purchases, perSecond: RATE }));
    if (withRates) for (const { broker, shop } of shops) await printPublishRate(broker, shop);
  } finally {
    for (const { shop } of shops) await shop.remove();
    for (const { running } of brokers) await running?.stop();
  }
}

/** Of a shop that is busy and has processor time left. */
const RATE = 500;

const WEBHOOKS = [0, 100, 10_000];
/** So many are made before each turn. */
const NEW_WEBHOOKS = 2_000;

/** Without a webhook, with many, and with many that were just made: what purchases pay for them. */
async function runWebhooks({ store, databaseTimes }: Setting): Promise<void> {
  const name = 'purchases beside webhooks';
  const paced = `${RATE} purchases a second beside webhooks`;
  if (!isWanted(name) && !isWanted(paced)) return;
  const webhooks = await startWebhooks();
  const options = {
    checkout: projectFolder,
    fill: SMALL_FILL,
    store,
    settings: webhooks.settings,
    profileFolder,
  };
  const shops: { name: string; shop: Shop; prepare: () => Promise<void> }[] = [];
  const originOf = (shop: Shop): string => shop.servers.inventory[0]?.origin ?? '';
  try {
    for (const count of WEBHOOKS) {
      const shop = await startShop(options);
      shops.push({ name: count.toLocaleString('en-US'), shop, prepare: async () => {} });
      await webhooks.make(originOf(shop), 0, count);
    }
    const fresh = await startShop(options);
    let made = 0;
    const makeNew = (): Promise<void> =>
      webhooks.make(originOf(fresh), made, (made += NEW_WEBHOOKS));
    shops.push({ name: 'new ones', shop: fresh, prepare: makeNew });
    const contestants = (requests: Requests): Contestant[] =>
      shops.map(({ name: which, shop, prepare }) => {
        return { name: which, servers: shop.servers.inventory, requests, databaseTimes, prepare };
      });
    if (isWanted(paced)) await compare(paced, contestants({ ...purchases, perSecond: RATE }));
    if (isWanted(name)) await compare(name, contestants(purchases).slice(0, WEBHOOKS.length));
    const requests = await webhooks.count();
    const each = Math.round(total(threadTimes(webhooks.pid)) / requests);
    const times = hasThreadTimes ? `, of which each took it ${each} µs` : '';
    console.log(`the endpoint answered ${requests.toLocaleString('en-US')} requests${times}`);
  } finally {
    for (const { shop } of shops) await shop.remove();
    await webhooks.stop();
  }
}

/** Of each purchase come `stock.sold` and `purchase.completed`. */
const EVENTS_A_PURCHASE = 2;

async function printPublishRate({ name, running }: BenchBroker, shop: Shop): Promise<void> {
  if (running === null) return;
  const origins = shop.servers.inventory.map(({ origin }) => origin);
  const rate = await publishRate(running, async () => {
    const { latenciesMs } = await load(origins, purchases, seconds);
    return latenciesMs.length * EVENTS_A_PURCHASE;
  });
  console.log(`${name}: ${Math.round(rate).toLocaleString('en-US')} events a second, confirmed`);
}

/** What a replicated disk takes for a commit, in milliseconds. */
const SLOW_COMMIT_MS = 5;
const REPLICAS = 3;

/** One and several replicas beside the usual way to sell, with commits that take their time. */
async function runSlowCommits(server: BenchServer, setting: Setting): Promise<void> {
  const scenarios = [
    { name: `hot product, commits of ${SLOW_COMMIT_MS} ms`, requests: hotPurchases },
    { name: `purchases, commits of ${SLOW_COMMIT_MS} ms`, requests: purchases },
  ].filter(({ name }) => isWanted(name));
  if (scenarios.length === 0) return;
  const { store, databaseTimes } = setting;
  const options = { checkout: projectFolder, fill: SMALL_FILL, store, profileFolder: null };
  const one = await startShop(options);
  const three = await startShop({ ...options, replicas: REPLICAS });
  const contestants = [
    { name: 'one', shop: one, connections: CONNECTIONS },
    { name: 'three', shop: three, connections: CONNECTIONS },
    { name: 'three × 64', shop: three, connections: REPLICAS * CONNECTIONS },
  ];
  try {
    await server.delayCommits(SLOW_COMMIT_MS);
    await withNaive(setting, async (naive) => {
      for (const { name, requests } of scenarios)
        await compare(name, [
          { name: 'naive', servers: [naive], requests, databaseTimes },
          ...contestants.map(({ name: which, shop, connections }) => ({
            name: which,
            servers: shop.servers.inventory,
            requests: { ...requests, connections },
            databaseTimes,
          })),
        ]);
    });
  } finally {
    await server.delayCommits(0);
    await one.remove();
    await three.remove();
  }
}

const machine = `${cpus().length} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB`;
console.log(`${machine}, Node ${process.version}, ${flags.store}, ${seconds} s for each`);
if (!hasThreadTimes) console.log('This system does not tell the CPU time of threads.');
console.log(tableHead());

const start = (script: string): Promise<ServerProcess> =>
  startServer(script, { folder: projectFolder, env: { API_KEY } });
const server = flags.store === 'postgres' ? await startBenchServer() : null;
const setting: Setting = {
  yardstick: await start('bench/yardstick.ts'),
  ceiling: await start('bench/ceiling.ts'),
  store: server === null ? sqliteStore : postgresStore(server),
  databaseTimes: server === null ? () => 0 : server.times,
};
try {
  await runIdle(setting);
  for (const stage of stages) await runStage(stage, setting);
  await runNaive(setting);
  await runBrokers(setting);
  await runWebhooks(setting);
  if (server !== null) await runSlowCommits(server, setting);
} finally {
  await setting.yardstick.stop();
  await setting.ceiling.stop();
  await server?.stop();
}
