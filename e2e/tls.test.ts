import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTlsAuthority, writeTlsFiles } from '@anaquel/runtime/tls-authority';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { freePort } from '../tools/test/free-port.ts';
import { createCheckout } from './checkout.ts';
import { PROCESS_PATIENCE_MS } from './patience.ts';
import { startShop, whatIsLeft, type Shop } from './shop.ts';

const authority = createTlsAuthority();
let checkout: ReturnType<typeof createCheckout>;
let folder: string;
let shop: Shop;
let metricsPort: number;

beforeAll(async () => {
  checkout = createCheckout();
  folder = join(checkout.folder, 'tls');
  mkdirSync(folder);
  metricsPort = await freePort();
  const files = writeTlsFiles(folder, { ...issue(), ca: authority.ca });
  const env = { ...files, TLS_ALLOWED_NAMES: 'shop', METRICS_PORT: String(metricsPort) };
  shop = await startShop(checkout.folder, { env });
  await shop.ready();
});

afterAll(async () => {
  const pids = shop.pids();
  shop.npm.kill('SIGTERM');
  const left = await whatIsLeft(shop, pids);
  if (left.length > 0) throw new Error(`Left behind: ${left.join(', ')}`);
  checkout.remove();
});

function issue() {
  return authority.issue(['shop', '127.0.0.1']);
}

test('npm start with certificates loads the demo shop, and prints a purchase that works', () => {
  const command = /^ {2}curl (?:.*\\\n)*.*$/m.exec(shop.output())?.[0] ?? '';
  const answer = execFileSync('sh', ['-c', command.replace('curl ', 'curl -sS ')], {
    cwd: '/',
    encoding: 'utf8',
  });
  expect(answer).toContain('"type":"purchases"');
});

test('health and figures are plain, and the service itself asks for a certificate', async () => {
  for (const step of [0, 1, 2]) {
    const answer = await fetch(`http://127.0.0.1:${metricsPort + step}/health/ready`);
    expect(answer.status).toBe(200);
  }
  const curl = (...args: string[]): string =>
    execFileSync('curl', ['-sS', '--cacert', join(folder, 'ca.crt'), ...args], {
      encoding: 'utf8',
    });
  const url = `https://127.0.0.1:${shop.ports.products}/api/v1/products/1`;
  expect(curl(url)).toContain('certificate-refused');
  const own = ['--cert', join(folder, 'tls.crt'), '--key', join(folder, 'tls.key')];
  expect(curl(...own, url)).toContain('"type":"products"');
});

test('a live stream goes on while certificates are renewed, and so does the shop', async () => {
  const gateway = `http://127.0.0.1:${shop.ports.gateway}`;
  const stream = await fetch(`${gateway}/api/v1/stock-events/stream`);
  const reader = stream.body?.getReader();
  const renewed = issue();
  writeTlsFiles(folder, { ...renewed, ca: authority.ca });
  const isUsed = /new certificates are used/g;
  await vi.waitFor(() => expect(shop.output().match(isUsed)).toHaveLength(3), PROCESS_PATIENCE_MS);
  const lines = [{ productId: '1', quantity: 1 }];
  const bought = await fetch(`${gateway}/api/v1/purchases`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.api+json', 'idempotency-key': 'renewed' },
    body: JSON.stringify({ data: { type: 'purchases', attributes: { lines } } }),
  });
  expect(bought.status).toBe(201);
  let told = '';
  while (!told.includes('stock.changed')) {
    const part = await reader?.read();
    if (part === undefined || part.done) throw new Error(`The stream has ended: ${told}`);
    told += new TextDecoder().decode(part.value);
  }
  await reader?.cancel();
  expect(readFileSync(join(folder, 'tls.crt'), 'utf8')).toBe(renewed.cert);
});
