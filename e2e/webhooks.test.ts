import { createTestDatabase, hasPostgres } from '@anaquel/runtime/postgres-server';
import { isSoak, times } from '@anaquel/runtime/soak-counts';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Answer, Call } from './http-caller.ts';
import { startReplicatedShop } from './postgres-ha/replicated-shop.ts';
import { openStockedShop, purchaseCall } from './stocked-shop.ts';
import { startToldEndpoint, webhookSettings, type ToldEndpoint } from './told-endpoint.ts';

// Inventories that tell an endpoint of their sales, and die or stand still while they do.

const PRODUCTS = 4;
const BUYERS = 8;
const KILLS = times({ test: 1, soak: 10 });
const STANDSTILLS = times({ test: 1, soak: 5 });
/** Where they share a PostgreSQL: how many there are. In the soak alone. */
const REPLICAS = isSoak ? ['two'] : [];
const PATIENCE = { timeout: 60_000, interval: 50 };

/** Buys until it is told to stop, two products at a time; what fails meanwhile is not sold. */
function startBuying(call: (call: Call) => Promise<Answer>): { stop(): Promise<void> } {
  const end = new AbortController();
  async function buyOnAndOn(buyer: number): Promise<void> {
    for (let turn = 0; !end.signal.aborted; turn += 1) {
      const lines = [buyer, buyer + 1].map((product) => {
        return { productId: String(1 + (product % PRODUCTS)), quantity: 1 };
      });
      const answer = await call(purchaseCall(lines, `${buyer}-${turn}`)).catch(() => null);
      if (answer?.status !== 201) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const buyers = Array.from({ length: BUYERS }, (_, buyer) => buyOnAndOn(buyer));
  return {
    async stop() {
      end.abort();
      await Promise.all(buyers);
    },
  };
}

async function untilMoreCame(endpoint: ToldEndpoint, path: string, more: number): Promise<void> {
  const { length } = endpoint.taken(path);
  await vi.waitFor(
    () => expect(endpoint.taken(path).length).toBeGreaterThan(length + more),
    PATIENCE,
  );
}

async function makeWebhooks(endpoint: ToldEndpoint): Promise<void> {
  await endpoint.makeWebhook('/single', { eventTypes: ['stock.sold'] });
  await endpoint.makeWebhook('/batches', { eventTypes: ['stock.sold'], batch: 20 });
}

async function untilAllCame(endpoint: ToldEndpoint): Promise<void> {
  const sold = (await endpoint.feed()).filter(({ type }) => type === 'stock.sold');
  expect(sold.length).toBeGreaterThan(100);
  await vi.waitFor(() => {
    for (const path of ['/single', '/batches']) endpoint.expectAll(path, sold);
  }, PATIENCE);
}

test('an endpoint is told of every sale in order, signed, whenever Inventory is killed', async () => {
  const shop = await openStockedShop(
    Array.from({ length: PRODUCTS }, () => 1_000_000),
    webhookSettings,
  );
  onTestFinished(() => shop.remove());
  const call = (one: Call): Promise<Answer> => shop.call('inventory', one);
  const endpoint = await startToldEndpoint(call);
  onTestFinished(() => endpoint.stop());
  await makeWebhooks(endpoint);
  const buying = startBuying(call);
  for (let kill = 0; kill < KILLS; kill += 1) {
    await untilMoreCame(endpoint, '/single', 100);
    await shop.stop('inventory', 'SIGKILL');
    await shop.start('inventory');
  }
  await untilMoreCame(endpoint, '/batches', 0);
  await buying.stop();
  await untilAllCame(endpoint);
});

test.skipIf(!hasPostgres).each(REPLICAS)(
  'an endpoint is told of every sale in order by %s Inventories, of which one stands still',
  async () => {
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    const shop = await startReplicatedShop([database.url, database.url], PRODUCTS, webhookSettings);
    onTestFinished(() => shop.remove());
    // Whoever does not stand still sells, and answers for the feed.
    let selling = 0;
    const call = (one: Call): Promise<Answer> => shop.call(selling, one);
    const endpoint = await startToldEndpoint(call);
    onTestFinished(() => endpoint.stop());
    await makeWebhooks(endpoint);
    const buying = startBuying(call);
    for (let standstill = 0; standstill < STANDSTILLS; standstill += 1) {
      const still = standstill % 2;
      selling = 1 - still;
      await untilMoreCame(endpoint, '/single', 100);
      shop.pause(still);
      // Whichever of them delivered, the other one does now.
      await untilMoreCame(endpoint, '/single', 500);
      shop.resume(still);
    }
    await buying.stop();
    await untilAllCame(endpoint);
  },
);
