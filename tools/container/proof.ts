import assert from 'node:assert/strict';
import { buy } from './buyers.ts';
import { docker, type DockerOptions } from './docker.ts';
import { deriveImages, removeImages } from './release-images.ts';
import { createShop, PATIENCE_MS, processes, prove } from './shop.ts';
import { whileBuyersBuy } from './while-buyers-buy.ts';

/**
 * Builds the images and carries a shop in containers through its life: node
 * tools/container/proof.ts. It needs a Docker Engine, Node, and no package.
 */

const MOST_MEGABYTES = 170;

const shop = await createShop(`anaquel-proof-${process.pid}`, ['compose.yaml']);
const { compose } = shop;
const version = shop.name;
const adding = `${version}-adding`;
const breaking = `${version}-breaking`;
let productId = '';

try {
  await prove(shop, {
    'the images are built': build,
    'secrets are made': makeSecrets,
    'up --wait': () => shop.up(version),
    async 'a shop opens and sells'() {
      productId = await shop.open();
    },
    'no key shows': assertSecretsHidden,
    'commands of the images': commands,
    'tests run in a container': () => compose(['run', '--rm', 'test', 'money']),
    'what was sold is there after a restart': restart,
    'an upgrade while buyers buy, and back': upgrade,
    'a release that older ones cannot read': breakingUpgrade,
    down,
  });
} finally {
  await removeImages([version, adding, breaking]);
}

async function build(): Promise<void> {
  await compose(['--profile', 'test', 'build']);
  for (const name of processes) {
    const image = `anaquel/${name}:${version}`;
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
  const before = shop.secrets();
  assert.doesNotMatch(await compose(['run', '--rm', 'make-secrets']), /Operators/);
  assert.deepEqual(shop.secrets(), before);
}

async function assertSecretsHidden(): Promise<void> {
  const ids = (await compose(['ps', '--all', '--quiet'])).trim().split('\n');
  const seen = (await docker(['inspect', ...ids])) + (await compose(['logs']));
  for (const value of shop.secrets()) assert.ok(!seen.includes(value), 'a secret shows');
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

async function restart(): Promise<void> {
  const before = await shop.available(productId);
  await compose(['restart']);
  await shop.up(version);
  assert.equal(await shop.available(productId), before);
  await buy(shop.door(), productId, PATIENCE_MS);
}

/** To a release with a migration that adds, and back: both releases sell meanwhile. */
async function upgrade(): Promise<void> {
  await deriveImages({ images: processes, version, next: adding, contract: false }, shop.folder);
  await whileBuyersBuy(shop, productId, async () => {
    await shop.up(adding);
    assert.match(await runningImages(), new RegExp(adding));
    await shop.up(version);
  });
}

/** It refuses to migrate beside a running service, and older code refuses to run after it. */
async function breakingUpgrade(): Promise<void> {
  await deriveImages(
    { images: ['inventory'], version: adding, next: breaking, contract: true },
    shop.folder,
  );
  const newer = { environment: { ANAQUEL_VERSION: breaking } };
  const refused = await compose(['run', '--rm', '--no-deps', 'inventory', 'migrate'], {
    ...newer,
    code: 1,
  });
  assert.match(
    refused,
    /^The inventory service runs on .*takes away what it reads: stop it first/m,
  );
  await compose(['stop', 'inventory']);
  await shop.up(breaking, ['inventory']);
  await compose(['stop', 'inventory']);
  const older = await compose(['run', '--rm', '--no-deps', 'inventory', 'migrate'], { code: 1 });
  assert.match(older, /^The inventory database is newer than this code can read/m);
  await compose(['run', '--rm', '--no-deps', 'inventory', 'migrate', 'down'], newer);
  await shop.up(version, ['inventory']);
  await shop.verify();
}

async function runningImages(): Promise<string> {
  return compose(['ps', '--format', '{{.Image}}']);
}

async function down(): Promise<void> {
  await compose(['down', '--volumes']);
  assert.equal((await compose(['ps', '--all', '--quiet'])).trim(), '');
}
