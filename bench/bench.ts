import { rmSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { projectFolder } from '../tools/settings.ts';
import { measureByTurns, type Contestant } from './comparison.ts';
import { giveAnswer } from './load.ts';
import { purchases, stages, STOCKED, yardstickRequests } from './scenarios.ts';
import type { Scenario, Stage } from './scenarios.ts';
import { API_KEY, createDatabases, startServer, startShop } from './shop.ts';
import type { ServerProcess, Shop } from './shop.ts';
import { tableHead, tableRatioRow, tableRows } from './table.ts';
import { hasThreadTimes } from './thread-times.ts';

// npm run bench: what the services cost, as ratios of a yardstick that stays as it is. See README.

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '6' },
    only: { type: 'string' },
    against: { type: 'string' },
    profile: { type: 'string' },
  },
});
const seconds = Number(flags.seconds);
const isWanted = (name: string): boolean => flags.only === undefined || name.includes(flags.only);
const checkouts =
  flags.against === undefined
    ? [{ name: 'here', folder: projectFolder }]
    : [
        { name: 'here', folder: projectFolder },
        { name: 'there', folder: resolve(flags.against) },
      ];

interface Measures {
  readonly yardstick: ServerProcess;
  readonly ceiling: ServerProcess;
}

async function runStage({ products, movements, scenarios }: Stage, measures: Measures) {
  const selection = scenarios.filter(({ name }) => isWanted(name));
  if (selection.length === 0) return;
  const shops: { name: string; shop: Shop }[] = [];
  try {
    for (const { name, folder } of checkouts) {
      const fill = { products, stocked: STOCKED, movements };
      const profileFolder = flags.profile ?? null;
      shops.push({ name, shop: await startShop({ checkout: folder, fill, profileFolder }) });
    }
    for (const scenario of selection) await runScenario(scenario, shops, measures);
    for (const { name, shop } of shops) await printUse(name, shop);
  } finally {
    for (const { shop } of shops) await shop.remove();
  }
}

async function runScenario(
  { name, service, requests, yardstick: sample = requests, withCeiling = false }: Scenario,
  shops: readonly { name: string; shop: Shop }[],
  { yardstick, ceiling }: Measures,
): Promise<void> {
  const servers = shops.map((one) => ({
    name: one.name,
    server: one.shop.servers[service],
    requests,
  }));
  const [first] = servers;
  if (first === undefined) return;
  const answered = encodeURIComponent(name);
  const like = yardstickRequests(sample, answered);
  const others = [
    { name: 'yardstick', server: yardstick, requests: like },
    ...(withCeiling ? [{ name: 'node:http', server: ceiling, requests: like }] : []),
  ];
  for (const { server } of others)
    await giveAnswer(first.server.origin, sample, `${server.origin}/answers/${answered}`);
  await compare(name, [...others, ...servers]);
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
    /"commands":(\d+),"batches":(\d+)/.exec(shop.output('inventory')) ?? [];
  const shared = Number(batches) > 0 ? (Number(commands) / Number(batches)).toFixed(1) : 'no';
  console.log(`${name}: ${peaks.join(', ')}; ${shared} changes a commit`);
}

/** The usual way to sell, which shares no commit. */
async function runNaive({ yardstick }: Measures): Promise<void> {
  const name = 'purchases by a commit each (naive)';
  if (!isWanted(name)) return;
  const fill = { products: STOCKED, stocked: STOCKED, movements: 10_000 };
  const { folder, files } = await createDatabases(projectFolder, fill);
  const server = await startServer('bench/naive-server.ts', {
    folder: projectFolder,
    env: { API_KEY, DATABASE_FILE: files.inventory },
  });
  try {
    const answered = encodeURIComponent(name);
    await giveAnswer(server.origin, purchases, `${yardstick.origin}/answers/${answered}`);
    await compare(name, [
      { name: 'yardstick', server: yardstick, requests: yardstickRequests(purchases, answered) },
      { name: 'naive', server, requests: purchases },
    ]);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const machine = `${cpus().length} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB`;
console.log(`${machine}, Node ${process.version}, ${seconds} s for each`);
if (!hasThreadTimes) console.log('This system does not tell the CPU time of threads.');
console.log(tableHead());

const start = (script: string): Promise<ServerProcess> =>
  startServer(script, { folder: projectFolder, env: { API_KEY } });
const measures = {
  yardstick: await start('bench/yardstick.ts'),
  ceiling: await start('bench/ceiling.ts'),
};
try {
  for (const stage of stages) await runStage(stage, measures);
  await runNaive(measures);
} finally {
  await measures.yardstick.stop();
  await measures.ceiling.stop();
}
