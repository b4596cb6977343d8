import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buy, call, idOf, type Door } from './buyers.ts';
import { docker, type DockerOptions } from './docker.ts';

/** A shop in containers, beside others of the same engine. */
export interface Shop {
  /** Its name, which is also the tag of its images. */
  readonly name: string;
  /** A folder of its own, until it ends. */
  readonly folder: string;
  /** Runs `docker compose` with its files and variables. */
  compose(args: readonly string[], options?: DockerOptions): Promise<string>;
  /** Starts these containers, or all, from the images of a version, and waits for them. */
  up(version: string, containers?: readonly string[]): Promise<void>;
  secret(name: string): string;
  secrets(): string[];
  /** The gateway, asked by a program of the operator's. */
  door(): Door;
  /** Puts a product on sale and sells one. Returns its id. */
  open(): Promise<string>;
  /** How many units of a product can be sold. */
  available(productId: string): Promise<number>;
  /** Replays the ledger. */
  verify(): Promise<void>;
  /** Leaves nothing but what was built. */
  end(): Promise<void>;
}

export const processes = ['products', 'inventory', 'gateway'] as const;
export const PATIENCE_MS = 120_000;
const STOCK = 1_000_000;

/** Nothing of it runs yet. */
export async function createShop(name: string, composeFiles: readonly string[]): Promise<Shop> {
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-containers-'));
  // One that Docker makes is root's, and whoever runs this may be somebody else.
  mkdirSync(join(folder, 'secrets'));
  const ports = await Promise.all(
    processes.map(async (process_) => [`${process_.toUpperCase()}_PORT`, await freePort()]),
  );
  const variables: Record<string, string> = {
    ...Object.fromEntries(ports),
    COMPOSE_PROJECT_NAME: name,
    ANAQUEL_VERSION: name,
    SECRETS_DIR: join(folder, 'secrets'),
  };
  const files = composeFiles.flatMap((file) => ['--file', file]);

  const shop: Shop = {
    name,
    folder,
    compose: (args, options = {}) =>
      docker(['compose', '--progress', 'plain', ...files, ...args], {
        ...options,
        environment: { ...variables, ...options.environment },
      }),
    async up(version, containers = []) {
      const args = ['up', '--detach', '--wait', '--no-build', ...containers];
      await shop.compose(args, { environment: { ANAQUEL_VERSION: version } });
    },
    secret: (file) => readFileSync(join(folder, 'secrets', file), 'utf8').trim(),
    secrets: () => readdirSync(join(folder, 'secrets')).map(shop.secret),
    door: () => ({
      url: `http://127.0.0.1:${variables['GATEWAY_PORT']}`,
      key: shop.secret('operator-api-key'),
    }),
    async open() {
      const attributes = { sku: 'PROOF', name: 'Proof', price: 9.9 };
      const product = await call(shop.door(), 'POST', 'products', { type: 'products', attributes });
      assert.equal(product.status, 201, product.text);
      const id = idOf(product.text);
      const level = { type: 'inventories', id, attributes: { onHand: STOCK } };
      const tracked = await call(shop.door(), 'POST', 'inventories', level);
      assert.equal(tracked.status, 201, tracked.text);
      await buy(shop.door(), id, PATIENCE_MS);
      return id;
    },
    async available(productId) {
      const { status, text } = await call(shop.door(), 'GET', `inventories/${productId}`);
      assert.equal(status, 200, text);
      const document: { data: { attributes: { available: number } } } = JSON.parse(text);
      return document.data.attributes.available;
    },
    async verify() {
      const said = await shop.compose(['run', '--rm', '--no-deps', 'inventory', 'verify']);
      assert.match(said, /Every unit is explained\./);
    },
    async end() {
      await shop.compose(['down', '--volumes', '--timeout', '1']).catch(() => {});
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return shop;
}

/** Does the steps of a proof, and tells what the containers said when one fails. */
export async function prove(
  shop: Shop,
  steps: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<void> {
  try {
    for (const [name, work] of Object.entries(steps)) {
      const startedAt = performance.now();
      await work();
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      console.log(`ok ${seconds.padStart(6)} s  ${name}`);
    }
  } catch (error) {
    console.log(await shop.compose(['ps', '--all']).catch(String));
    console.log(await shop.compose(['logs', '--tail', '20']).catch(String));
    throw error;
  } finally {
    await shop.end();
  }
}

function freePort(): Promise<string> {
  const server = createServer();
  const { promise, resolve: found, reject } = Promise.withResolvers<string>();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => found(String(typeof address === 'object' ? address?.port : '')));
  });
  return promise;
}
