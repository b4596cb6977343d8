import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { migrateUp } from '../../tools/open-migrations.ts';
import { readSettings } from '../../tools/settings.ts';
import { freePort } from '../../tools/test/free-port.ts';
import { createHttpCaller, type Answer, type Call } from '../http-caller.ts';
import { startServiceProcess, type ServiceProcess } from '../service-process.ts';

/** What can be known of an event without asking again. */
export interface LoggedEvent {
  readonly id: string;
  readonly position: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Products, and several Inventories that keep one ledger. */
export interface ReplicatedShop {
  /** How many Inventories there are; they have the numbers from 0 on. */
  readonly replicas: number;
  call(replica: number, call: Call): Promise<Answer>;
  /** Whoever is told of each event that an Inventory publishes. */
  onEvent: (event: LoggedEvent) => void;
  /** Makes an Inventory stand still, until `resume`. */
  pause(replica: number): void;
  resume(replica: number): void;
  /** What an Inventory has logged so far. */
  log(replica: number): string;
  remove(): Promise<void>;
}

const KEYS = { PRODUCTS_API_KEY: 'key-of-products', INVENTORY_API_KEY: 'key-of-inventory' };
const KEPT_LOG_LENGTH = 100_000;
const JSON_API = { 'content-type': 'application/vnd.api+json' };

/**
 * Starts an Inventory for each of the addresses of one database, which is empty, and stocks the
 * products 1 to `products` with a million units each.
 * @param more settings of the Inventories
 */
export async function startReplicatedShop(
  databaseUrls: readonly [string, ...string[]],
  products: number,
  more: Readonly<Record<string, string>> = {},
): Promise<ReplicatedShop> {
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-replicas-'));
  const { services } = readSettings({
    DATA_DIR: folder,
    INVENTORY_DATABASE_URL: databaseUrls[0],
  });
  const caller = createHttpCaller();
  const running: ServiceProcess[] = [];
  const [productsPort, ...ports] = await Promise.all(
    Array.from({ length: databaseUrls.length + 1 }, freePort),
  );
  const originOf = (port = 0) => `http://127.0.0.1:${port}`;
  const env = { ...KEYS, LOG_LEVEL: 'warn', PRODUCTS_BASE_URL: originOf(productsPort) };
  const logs = databaseUrls.map(() => '');
  const inventory = (replica: number) => running[replica + 1]?.child;

  const shop: ReplicatedShop = {
    replicas: ports.length,
    call: (replica, { headers, ...call }) =>
      caller.send(originOf(ports[replica]), {
        ...call,
        headers: { 'x-api-key': KEYS.INVENTORY_API_KEY, ...headers },
      }),
    onEvent: () => {},
    pause: (replica) => void inventory(replica)?.kill('SIGSTOP'),
    resume: (replica) => void inventory(replica)?.kill('SIGCONT'),
    log: (replica) => logs[replica] ?? '',
    async remove() {
      caller.close();
      await Promise.all(running.map(end));
      rmSync(folder, { recursive: true, force: true });
    },
  };

  async function create(origin: string, key: string, path: string, data: object): Promise<void> {
    const headers = { ...JSON_API, 'x-api-key': key };
    const { status, text } = await caller.send(origin, {
      method: 'POST',
      path,
      headers,
      body: { data },
    });
    expect(status, `answered ${text}`).toBe(201);
  }

  try {
    await migrateUp('products', services.products);
    await migrateUp('inventory', services.inventory);
    const starts = [
      startServiceProcess('products', {
        env: { ...env, PORT: String(productsPort), DATABASE_URL: services.products.databaseUrl },
        onOutput: () => {},
      }),
      ...databaseUrls.map((url, replica) => {
        const readEvents = eventsIn((event) => shop.onEvent(event));
        return startServiceProcess('inventory', {
          env: { ...env, ...more, PORT: String(ports[replica]), DATABASE_URL: url },
          onOutput(text) {
            readEvents(text);
            logs[replica] = ((logs[replica] ?? '') + text).slice(-KEPT_LOG_LENGTH);
          },
        });
      }),
    ];
    running.push(...starts);
    await Promise.all(starts.map(({ ready }) => ready));
    for (let id = 1; id <= products; id += 1) {
      const product = { type: 'products', attributes: { name: `Product ${id}`, price: 1.5 } };
      await create(originOf(productsPort), KEYS.PRODUCTS_API_KEY, '/api/v1/products', product);
      const level = { type: 'inventories', id: String(id), attributes: { onHand: 1_000_000 } };
      await create(originOf(ports[0]), KEYS.INVENTORY_API_KEY, '/api/v1/inventories', level);
    }
    return shop;
  } catch (error) {
    await shop.remove();
    throw error;
  }
}

async function end({ child }: ServiceProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** The events among the lines of a service's output. */
function eventsIn(tell: (event: LoggedEvent) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('{"specversion"')) continue;
      const event = JSON.parse(line) as { data: { position: number } } & LoggedEvent;
      tell({ ...event, position: event.data.position });
    }
  };
}
