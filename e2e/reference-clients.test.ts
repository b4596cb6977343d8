import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createCheckout } from './checkout.ts';
import type { AnsweredRequest } from './reference-clients/printed-request.ts';
import { printedRequests } from './reference-clients/requests-of-systems.ts';
import { startShop, whatIsLeft, type Shop } from './shop.ts';

// The clients of the five older systems, as their documents print them, against a shop with the
// settings of docs/classic-api.md. Only the ports differ, since those may be in use here.

const document = readFileSync(join(import.meta.dirname, '..', 'docs', 'classic-api.md'), 'utf8');
const blocks = document.matchAll(/^### System (\d):[^#]*?^```sh\n(.*?)^```$/gms);
const envFiles = [...blocks].map(([, number, lines = '']) => ({ number: Number(number), lines }));

let checkout: ReturnType<typeof createCheckout>;
let shop: Shop | undefined;

beforeAll(() => {
  checkout = createCheckout();
});

afterAll(() => checkout.remove());

afterEach(async () => {
  if (shop === undefined) return;
  const family = shop.pids();
  shop.npm.kill('SIGTERM');
  const leftovers = await whatIsLeft(shop, family);
  if (leftovers.length > 0) throw new Error(`Left behind: ${leftovers.join(', ')}`);
  shop = undefined;
  for (const name of ['data', '.env', 'products.db', 'inventory.db'])
    for (const end of ['', '-wal', '-shm'])
      rmSync(join(checkout.folder, `${name}${end}`), { recursive: true, force: true });
});

/**
 * The address here for a printed one: the same path, at the port of the setting that has the
 * printed port.
 */
function addressOf(url: string, lines: string, { ports }: Shop): string {
  const { port } = new URL(url);
  for (const name of ['products', 'inventory', 'gateway'] as const) {
    const setting = `${name.toUpperCase()}_PORT`;
    if (new RegExp(`^${setting}=${port}$`, 'm').test(lines))
      return url.replace(`:${port}`, `:${ports[name]}`);
  }
  throw new Error(`No setting of a port has ${port}, at which ${url} is`);
}

async function replay(request: AnsweredRequest, lines: string, running: Shop): Promise<void> {
  const { method, url, headers = {}, body, answer } = request;
  const response = await fetch(addressOf(url, lines, running), {
    method,
    headers,
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  expect([method, url, response.status, text]).toEqual([method, url, answer.status, text]);
  if (answer.text !== undefined) expect(text).toBe(answer.text);
  if (answer.body !== undefined) expect(JSON.parse(text)).toMatchObject(answer.body);
  if (headers['Origin'] !== undefined)
    expect(response.headers.get('access-control-allow-origin')).toBe(headers['Origin']);
}

test('the document has settings for each of the five systems', () => {
  expect(envFiles.map(({ number }) => number)).toEqual([...printedRequests.keys()]);
});

test.each(envFiles)('system $number', async ({ number, lines }) => {
  writeFileSync(join(checkout.folder, '.env'), lines);
  shop = await startShop(checkout.folder, { args: ['--empty'] });
  await shop.ready();
  for (const request of printedRequests.get(number) ?? []) await replay(request, lines, shop);

  // Each start warns of short keys, and of changes that need no key.
  const isShort = lines.includes('API_KEY=');
  expect(shop.output().includes('openssl rand -base64 32')).toBe(isShort);
  expect(shop.output().includes('ANONYMOUS_SCOPES lets')).toBe(lines.includes('ANONYMOUS_SCOPES='));
  const wrong = await fetch(`http://localhost:${shop.ports.products}/products`, {
    headers: { 'x-api-key': 'wrong' },
  });
  expect(wrong.status).toBe(401);
  for (const [, file = ''] of lines.matchAll(/_DATABASE_URL=sqlite:\/\/\/\.\/(.*)$/gm))
    expect(existsSync(join(checkout.folder, file))).toBe(true);
});
