import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { deriveImages, removeImages } from './release-images.ts';
import { createShop, PATIENCE_MS, prove } from './shop.ts';
import { whileBuyersBuy } from './while-buyers-buy.ts';

/**
 * The same for what compose.scale.yaml adds and can be built here: node
 * tools/container/scale-proof.ts. The images of others are not pulled: the services go on without
 * the broker.
 */

const FILES = ['compose.yaml', 'compose.scale.yaml'];
const MACHINES = ['db1', 'db2', 'db3'] as const;
const INVENTORIES = ['inventory', 'inventory-2', 'inventory-3'] as const;
const POLL_MS = 500;

const shop = await createShop(`anaquel-scale-${process.pid}`, FILES);
const { compose } = shop;
const next = `${shop.name}-next`;
let productId = '';

try {
  await prove(shop, {
    'the file is in order': () => compose(['config', '--quiet']),
    'the images are built': () =>
      compose(['build', 'db1', 'products', 'inventory', 'gateway', 'make-secrets']),
    'secrets are made': () => compose(['run', '--rm', 'make-secrets']),
    'up --wait': () => shop.up(shop.name, [...MACHINES, 'products', ...INVENTORIES, 'gateway']),
    async 'a shop opens and sells'() {
      productId = await shop.open();
    },
    'three Inventories are replaced, and no request fails': upgrade,
    'the leader of PostgreSQL is lost': loseLeader,
  });
} finally {
  await removeImages([shop.name, next]);
}

async function upgrade(): Promise<void> {
  await deriveImages(
    { images: ['inventory'], version: shop.name, next, contract: false },
    shop.folder,
  );
  const purchases = await whileBuyersBuy(shop, productId, async () => {
    await compose(['run', '--rm', '--no-deps', 'inventory', 'migrate'], {
      environment: { ANAQUEL_VERSION: next },
    });
    for (const inventory of INVENTORIES)
      await compose(['up', '--detach', '--wait', '--no-build', '--no-deps', inventory], {
        environment: { ANAQUEL_VERSION: next },
      });
  });
  assert.deepEqual(
    purchases.filter(({ attempts }) => attempts > 1),
    [],
    'each was answered at once',
  );
}

async function loseLeader(): Promise<void> {
  const leader = await findLeader();
  await whileBuyersBuy(shop, productId, async () => {
    await compose(['kill', '--signal', 'KILL', leader]);
    await untilSold();
    await compose(['up', '--detach', '--wait', '--no-build', '--no-deps', leader]);
  });
}

/** Until another leader sells: the buyers go on asking. */
async function untilSold(): Promise<void> {
  const before = await shop.available(productId).catch(() => null);
  const deadline = Date.now() + PATIENCE_MS;
  while ((await shop.available(productId).catch(() => before)) === before) {
    if (Date.now() > deadline) throw new Error('Nothing was sold since the leader was lost');
    await delay(POLL_MS);
  }
}

/** By Patroni, which answers 200 on the leader alone. */
async function findLeader(): Promise<string> {
  const ask = `exec 3<>/dev/tcp/127.0.0.1/8008; printf 'GET /leader HTTP/1.0\\r\\n\\r\\n' >&3; head -n 1 <&3`;
  for (const machine of MACHINES) {
    const said = await compose(['exec', '-T', machine, 'bash', '-c', ask]);
    if (/^HTTP\/1\.\d 200 /m.test(said)) return machine;
  }
  throw new Error('no machine leads');
}
