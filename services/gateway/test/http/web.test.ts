import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { request } from 'undici';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { codeOf, startGateway } from '../support/test-gateway.ts';

const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

const OFFICE_POLICY = POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'");
const MAY = {
  Shop: [POLICY, 'camera=(), '],
  Office: [OFFICE_POLICY, 'camera=(self), '],
} as const;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anaquel-web-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Shop</title>');
  writeFileSync(join(folder, 'office.html'), '<!doctype html><title>Office</title>');
  writeFileSync(join(folder, 'assets', 'index-1a2b.js'), 'shop()');
  writeFileSync(join(folder, 'assets', 'index-1a2b.js.gz'), gzipSync('shop()'));
  writeFileSync(join(folder, 'before-paint.js'), 'paint()');
  writeFileSync(join(folder, '.sources'), 'hash');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const start = () => startGateway({}, { webFolder: folder });

test.each([
  ['/', 'Shop'],
  ['/index.html', 'Shop'],
  ['/products/7', 'Shop'],
  ['/managers', 'Shop'],
  ['/apis', 'Shop'],
  ['/manage', 'Office'],
  ['/manage/stock?page=2', 'Office'],
] as const)(
  '%s is a page of the %s, requested again each time; the office alone may use the camera and WebAssembly',
  async (path, app) => {
    const { send, url } = await start();
    const answer = await send(path);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain(`<title>${app}</title>`);
    const [policy, camera] = MAY[app];
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': expect.stringMatching(/^text\/html/),
      'cache-control': 'no-cache',
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'permissions-policy': expect.stringContaining(camera),
    });
    const etag = answer.headers.get('etag') ?? '';
    // Unlike fetch, this adds no Cache-Control of its own.
    const again = await request(url + path, { headers: { 'if-none-match': etag } });
    expect(again.statusCode).toBe(304);
  },
);

test.each([
  ['/sign-in?next=%2Fmanage%2Fproducts', '/manage/sign-in?next=%2Fmanage%2Fproducts'],
  ['/activity', '/manage/activity'],
  ['/status', '/manage/status'],
])('%s has moved into the office', async (before, now) => {
  const { url } = await start();
  const { statusCode, headers } = await request(url + before);
  expect([statusCode, headers.location]).toEqual([302, now]);
});

test('a file with a hash in its name is cached for ever, others are not', async () => {
  const { send } = await start();
  const asset = await send('/assets/index-1a2b.js');
  expect(await asset.text()).toBe('shop()');
  expect(asset.headers.get('content-encoding')).toBe('gzip');
  expect(asset.headers.get('vary')).toMatch(/accept-encoding/i);
  expect(asset.headers.get('content-type')).toMatch(/^(?:text|application)\/javascript/);
  expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  const plain = await send('/assets/index-1a2b.js', { headers: { 'accept-encoding': 'identity' } });
  expect(plain.headers.get('content-encoding')).toBeNull();
  expect((await send('/before-paint.js')).headers.get('cache-control')).toBe('no-cache');
  const part = await send('/before-paint.js', { headers: { range: 'bytes=99999-' } });
  expect([part.status, await part.text()], 'of a part that there is not').toEqual([200, 'paint()']);
  expect((await send('/assets/index-1a2b.js', { method: 'HEAD' })).status).toBe(200);
});

test.each([
  '/assets/index-0000.js',
  '/favicon.ico',
  '/.sources',
  '/..%2f..%2fpackage.json',
  '/api',
  '/api/v2/products',
  '/internal/products',
  '/openapi/other.json',
  '/session/x',
  '/docs/x',
])('%s is nowhere, and nothing keeps that', async (path) => {
  const { send } = await start();
  const answer = await send(path);
  expect([400, 404]).toContain(answer.status);
  expect(answer.headers.get('cache-control') ?? '').not.toContain('immutable');
  expect(await codeOf(answer)).toMatch(/not-found|invalid-request/);
});

test.each(['/assets/index-0000.js', '/favicon.ico', '/api', '/internal/products'])(
  'a person who goes to %s, which is nowhere, gets a page that says so',
  async (path) => {
    const { send } = await start();
    const answer = await send(path, { headers: { accept: 'text/html,*/*;q=0.8' } });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await answer.text()).toMatch(/Nothing was found here[^]*Aquí no hay nada/);
  },
);

test('only reads are allowed there', async () => {
  const { send } = await start();
  expect((await send('/products/7', { method: 'POST', body: 'x' })).status).toBe(404);
});

test('without a build the page has the command that makes one, and a later build is served', async () => {
  rmSync(join(folder, 'index.html'));
  const { send } = await start();
  const answer = await send('/products');
  expect(answer.status).toBe(503);
  expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
  expect(await answer.text()).toContain('npm run build');
  writeFileSync(join(folder, 'index.html'), '<!doctype html>late');
  expect(await (await send('/products')).text()).toContain('late');
});

test('the gateway starts without the folder of the web app', async () => {
  rmSync(folder, { recursive: true });
  const { send } = await start();
  expect((await send('/')).status).toBe(503);
  expect((await send('/session')).status).toBe(200);
});
