import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buy, call, idOf, startBuyers, type Door } from './buyers.ts';
import { docker, type DockerOptions } from './docker.ts';

/**
 * Builds the images and carries a shop in containers through its life, beside other shops of the
 * same engine: node tools/container/proof.ts. It needs a Docker Engine, Node, and no package.
 */

const PROJECT = `anaquel-proof-${process.pid}`;
const PROCESSES = ['products', 'inventory', 'gateway'] as const;
const MOST_MEGABYTES = 170;
const PATIENCE_MS = 120_000;
const BUYERS = 4;
const STOCK = 1_000_000;

const folder = mkdtempSync(join(tmpdir(), 'anaquel-containers-'));
const versions = { one: PROJECT, adding: `${PROJECT}-adding`, breaking: `${PROJECT}-breaking` };
const environment = {
  ...Object.fromEntries(
    await Promise.all(
      PROCESSES.map(async (name) => [`${name.toUpperCase()}_PORT`, await freePort()]),
    ),
  ),
  COMPOSE_PROJECT_NAME: PROJECT,
  ANAQUEL_VERSION: versions.one,
  SECRETS_DIR: join(folder, 'secrets'),
};

try {
  await step('the images are built', build);
  await step('secrets are made', makeSecrets);
  await step('up --wait', () => up(versions.one));
  const productId = await step('a shop opens and sells', openShop);
  await step('no key shows', assertSecretsHidden);
  await step('commands of the images', commands);
  await step('tests run in a container', () => compose(['run', '--rm', 'test', 'money']));
  await step('what was sold is there after a restart', () => restart(productId));
  await step('an upgrade while buyers buy, and back', () => upgrade(productId));
  await step('a release that older ones cannot read', breakingUpgrade);
  await step('down', down);
} catch (error) {
  console.log(await compose(['ps', '--all']).catch(String));
  console.log(await compose(['logs', '--tail', '20']).catch(String));
  throw error;
} finally {
  await compose(['down', '--volumes', '--timeout', '1']).catch(() => {});
  for (const version of Object.values(versions)) await removeImages(version);
  rmSync(folder, { recursive: true, force: true });
}

async function step<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const startedAt = performance.now();
  const result = await work();
  console.log(`ok ${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${name}`);
  return result;
}

/** With the variables of this shop; `docker compose …`. */
function compose(args: readonly string[], options: DockerOptions = {}): Promise<string> {
  return docker(['compose', '--progress', 'plain', ...args], {
    ...options,
    environment: { ...environment, ...options.environment },
  });
}

async function build(): Promise<void> {
  await compose(['--profile', 'test', 'build']);
  for (const name of PROCESSES) {
    const image = `anaquel/${name}:${versions.one}`;
    const about: readonly [ImageReport] = JSON.parse(await docker(['image', 'inspect', image]));
    const [{ Size, Config }] = about;
    const megabytes = Size / 1_000_000;
    console.log(`            ${image}: ${megabytes.toFixed(0)} MB`);
    assert.ok(megabytes < MOST_MEGABYTES, `${image} has ${megabytes} MB`);
    assert.match(Config.User, /^[1-9]\d*:[1-9]\d*$/, `${image} runs as a user without rights`);
  }
}

interface ImageReport {
  readonly Size: number;
  readonly Config: { readonly User: string };
}

async function makeSecrets(): Promise<void> {
  assert.match(await compose(['run', '--rm', 'make-secrets']), /Operators sign in with: \S+/);
  const before = secrets();
  assert.doesNotMatch(await compose(['run', '--rm', 'make-secrets']), /Operators/);
  assert.deepEqual(secrets(), before);
}

function secrets(): string[] {
  return readdirSync(environment.SECRETS_DIR).map(secret);
}

function secret(name: string): string {
  return readFileSync(join(environment.SECRETS_DIR, name), 'utf8').trim();
}

async function up(version: string): Promise<void> {
  await compose(['up', '--detach', '--wait', '--no-build'], {
    environment: { ANAQUEL_VERSION: version },
  });
}

/** Returns the id of a product that is in stock. */
async function openShop(): Promise<string> {
  const attributes = { sku: 'PROOF', name: 'Proof', price: 9.9 };
  const product = await call(door(), 'POST', 'products', { type: 'products', attributes });
  assert.equal(product.status, 201, product.text);
  const id = idOf(product.text);
  const level = { type: 'inventories', id, attributes: { onHand: STOCK } };
  const tracked = await call(door(), 'POST', 'inventories', level);
  assert.equal(tracked.status, 201, tracked.text);
  await buy(door(), id, PATIENCE_MS);
  return id;
}

/** The gateway, asked by a program of the operator's. */
function door(): Door {
  const url = `http://127.0.0.1:${environment['GATEWAY_PORT']}`;
  return { url, key: secret('operator-api-key') };
}

async function assertSecretsHidden(): Promise<void> {
  const ids = (await compose(['ps', '--all', '--quiet'])).trim().split('\n');
  const seen = (await docker(['inspect', ...ids])) + (await compose(['logs']));
  for (const value of secrets()) assert.ok(!seen.includes(value), 'a secret shows');
}

async function commands(): Promise<void> {
  const run = (service: string, words: readonly string[], options?: DockerOptions) =>
    compose(['run', '--rm', '--no-deps', service, ...words], options);
  assert.match(await run('products', ['migrate']), /nothing is pending/);
  assert.match(await run('inventory', ['migrate', 'status']), /applied 0001-/);
  assert.match(await run('inventory', ['verify']), /Every unit is explained\./);
  for (const [words, why] of [
    [['verify'], /^The image products has no command "verify": it has migrate, .*\.$/m],
    [['migrate', 'sideways'], /^migrate knows up, .*\.$/m],
    [
      ['migrate', 'down'],
      /^The products service runs on .*: stop it first\. Nothing was changed\.$/m,
    ],
  ] as const) {
    const said = await run('products', words, { code: 1 });
    assert.match(said, why);
    assert.doesNotMatch(said, /^ +at /m, 'a person reads one line');
  }
}

async function restart(productId: string): Promise<void> {
  const before = await available(productId);
  await compose(['restart']);
  await up(versions.one);
  assert.equal(await available(productId), before);
  await buy(door(), productId, PATIENCE_MS);
}

/** To a release with a migration that adds, and back: both releases sell meanwhile. */
async function upgrade(productId: string): Promise<void> {
  await deriveImages(versions.adding, 'export const contract = false;');
  const before = await available(productId);
  const buyers = startBuyers(door(), productId, { count: BUYERS, patienceMs: PATIENCE_MS });
  await up(versions.adding);
  assert.match(await runningImages(), new RegExp(versions.adding));
  await up(versions.one);
  const purchases = await buyers.stop();
  const again = purchases.filter(({ attempts }) => attempts > 1).length;
  console.log(`            ${purchases.length} purchases, ${again} of them asked for again`);
  assert.equal(new Set(purchases.map(({ id }) => id)).size, purchases.length, 'each sold once');
  assert.equal(await available(productId), before - purchases.length, 'and none is lost');
  await verify();
}

/** It refuses to migrate beside a running service, and older code refuses to run after it. */
async function breakingUpgrade(): Promise<void> {
  await deriveImages(versions.breaking, 'export const contract = true;');
  const newer = { environment: { ANAQUEL_VERSION: versions.breaking } };
  const refused = await compose(['run', '--rm', '--no-deps', 'inventory', 'migrate'], {
    ...newer,
    code: 1,
  });
  assert.match(
    refused,
    /^The inventory service runs on .*takes away what it reads: stop it first/m,
  );
  await compose(['stop', 'inventory']);
  await up(versions.breaking);
  await compose(['stop', 'inventory']);
  const older = await compose(['run', '--rm', '--no-deps', 'inventory', 'migrate'], { code: 1 });
  assert.match(older, /^The inventory database is newer than this code can read/m);
  await compose(['run', '--rm', '--no-deps', 'inventory', 'migrate', 'down'], newer);
  await up(versions.one);
  await verify();
}

/** A release that differs from the first one by a migration of Inventory. */
async function deriveImages(version: string, line: string): Promise<void> {
  const context = mkdtempSync(join(folder, 'release-'));
  const name = '9999-next.ts';
  writeFileSync(
    join(context, name),
    `import { sql, type Kysely } from 'kysely';
${line}
export async function up(db: Kysely<unknown>) {
  await sql\`create table next_release (id integer primary key) strict\`.execute(db);
}
export async function down(db: Kysely<unknown>) {
  await sql\`drop table next_release\`.execute(db);
}
`,
  );
  writeFileSync(
    join(context, 'Dockerfile'),
    `ARG IMAGE
FROM $IMAGE
COPY ${name} services/inventory/migrations/sqlite/
LABEL org.opencontainers.image.version=${version}
`,
  );
  for (const process_ of PROCESSES) {
    const [from, to] = [versions.one, version].map((tag) => `anaquel/${process_}:${tag}`);
    await docker(['build', '--build-arg', `IMAGE=${from}`, '--tag', `${to}`, context]);
  }
}

async function runningImages(): Promise<string> {
  return compose(['ps', '--format', '{{.Image}}']);
}

async function available(productId: string): Promise<number> {
  const { status, text } = await call(door(), 'GET', `inventories/${productId}`);
  assert.equal(status, 200, text);
  const document: { data: { attributes: { available: number } } } = JSON.parse(text);
  return document.data.attributes.available;
}

async function verify(): Promise<void> {
  const said = await compose(['run', '--rm', '--no-deps', 'inventory', 'verify']);
  assert.match(said, /Every unit is explained\./);
}

async function down(): Promise<void> {
  await compose(['down', '--volumes']);
  assert.equal((await compose(['ps', '--all', '--quiet'])).trim(), '');
}

async function removeImages(version: string): Promise<void> {
  for (const name of [...PROCESSES, 'test'])
    await docker(['image', 'rm', '--force', `anaquel/${name}:${version}`]).catch(() => {});
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
