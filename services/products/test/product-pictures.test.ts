import { createHash } from 'node:crypto';
import { hasPostgres } from '@anaquel/runtime/postgres-server';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createProductPlace, type ProductPlace } from './product-place.ts';
import { expectRefusal } from './json-api-rules.ts';
import { startTestService, type TestService } from './test-service.ts';

const PATH = '/api/v1/product-pictures';
const MIB = 1024 * 1024;

/** Bytes that begin as a WebP does, another picture for each `seed`. */
function webp(seed: number, length = 64): Buffer {
  const bytes = Buffer.alloc(length, seed);
  bytes.write('RIFF', 0, 'latin1');
  bytes.write('WEBP', 8, 'latin1');
  return bytes;
}

const JPEG = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(60)]);
const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(56)]);

const stores = ['sqlite', ...(hasPostgres ? (['postgres'] as const) : [])] as const;

describe.each(stores)('pictures of products on %s', (store) => {
  let place: ProductPlace;
  let service: TestService;
  let now: number;
  beforeEach(async () => {
    place = await createProductPlace({ store });
    now = Date.parse('2030-01-01T00:00:00Z');
    service = await start();
  });
  afterEach(async () => {
    await service.close();
    await place.remove();
  });

  const start = (env: Record<string, string> = {}) =>
    startTestService(place, env, { clock: () => new Date(now) });
  const restart = async (env: Record<string, string> = {}) => {
    await service.close();
    service = await start(env);
  };
  const send = (bytes: Buffer | string, key?: null) =>
    service.call('POST', PATH, {
      data: {
        type: 'product-pictures',
        attributes: { content: typeof bytes === 'string' ? bytes : bytes.toString('base64') },
      },
      ...(key === null && { key }),
    });
  const look = (url: string, headers: Record<string, string> = {}) =>
    service.app.inject({ method: 'GET', url, headers });
  const kept = () => place.run('select id from product_picture_contents');

  test.each([
    ['image/webp', webp(1)],
    ['image/jpeg', JPEG],
    ['image/png', PNG],
  ])('keeps a picture that is %s, and anybody may look at it for ever', async (type, bytes) => {
    const id = createHash('sha256').update(bytes).digest('hex');
    const { status, headers, body } = await send(bytes);
    expect(status).toBe(201);
    expect(headers['location']).toMatch(new RegExp(`/api/v1/product-pictures/${id}$`));
    const url = `${PATH}/${id}/content`;
    expect(body.data).toMatchObject({
      type: 'product-pictures',
      id,
      attributes: { url, contentType: type, bytes: bytes.length },
    });
    const read = await service.call('GET', `${PATH}/${id}`, { key: null });
    expect(read.body.data).toEqual(body.data);

    const seen = await look(url);
    expect(seen.statusCode).toBe(200);
    expect(seen.rawPayload.equals(bytes)).toBe(true);
    expect(seen.headers).toMatchObject({
      'content-type': type,
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      etag: `"${id}"`,
    });
    expect(seen.headers['vary'] ?? '').not.toMatch(/key|cookie|authorization/i);
    const again = await look(url, { 'if-none-match': `"${id}"` });
    expect([again.statusCode, again.payload]).toEqual([304, '']);
  });

  test('has the same picture once, whoever sends it how often', async () => {
    const answers = await Promise.all([send(webp(1)), send(webp(1)), send(webp(2))]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(await kept()).toHaveLength(2);
  });

  test('refuses what is no picture, or none that it takes, or too large', async () => {
    const source = { pointer: '/data/attributes/content' };
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>');
    for (const wrong of [svg, Buffer.from('GIF89a'), 'not base64!', ''])
      expectRefusal(await send(wrong), 422, 'invalid-attribute', source);
    expect((await send(webp(1, 2 * MIB))).status).toBe(201);
    expectRefusal(await send(webp(1, 2 * MIB + 1)), 422, 'invalid-attribute', source);
    const large = await send(webp(1, 2 * MIB + 9_000));
    expectRefusal(large, 413, 'payload-too-large');
    expect(large.body.errors[0].detail).toBe('Send a body of at most 2800300 bytes.');
    expect(await kept()).toHaveLength(1);
  });

  test('needs products:write to keep one, and products:read to look at it', async () => {
    expectRefusal(await send(webp(1), null), 401, 'key-required');
    const { body } = await send(webp(1));
    await restart({ ANONYMOUS_SCOPES: 'inventory:read' });
    const { url } = body.data.attributes;
    expect((await look(url)).statusCode).toBe(401);
    const seen = await look(url, { 'x-api-key': 'master-key-of-the-tests' });
    expect(seen.headers['cache-control']).toBe('private, max-age=31536000, immutable');
    expect(seen.headers['vary']).toMatch(/x-api-key/);
  });

  test('tells of an id that it does not know', async () => {
    for (const id of ['0'.repeat(64), 'x', '..%2f..%2fetc%2fpasswd']) {
      const answer = await look(`${PATH}/${id}/content`);
      expect(answer.statusCode).toBe(404);
      expect(answer.headers['cache-control']).toBeUndefined();
    }
  });

  test('keeps at most as much as PICTURES_MAX_MB says, and what it has already always', async () => {
    await restart({ PICTURES_MAX_MB: '1' });
    expect((await send(webp(1, 600_000))).status).toBe(201);
    expectRefusal(await send(webp(2, 600_000)), 409, 'pictures-full');
    expect((await send(webp(1, 600_000))).status).toBe(201);
    expect((await send(webp(3, 400_000))).status).toBe(201);
    expect(await kept()).toHaveLength(2);
  });

  test('forgets a picture that no product has shown for a day, and no other', async () => {
    const urlOf = async (bytes: Buffer): Promise<string> =>
      (await send(bytes)).body.data.attributes.url;
    const [shown, dropped, never] = [await urlOf(webp(1)), await urlOf(JPEG), await urlOf(PNG)];
    await service.create({ name: 'Shown', price: 1, imageUrl: shown });
    const id = await service.create({ name: 'Dropped', price: 1, imageUrl: dropped });
    const statuses = async () => {
      const answers = await Promise.all([shown, dropped, never].map((url) => look(url)));
      return answers.map(({ statusCode }) => statusCode);
    };
    const unused = () =>
      place.run('select id from product_pictures where unused_since is not null');
    /** Upkeep begins by a sweep, which leaves these unused. */
    const sweepAfterHours = async (hours: number, urls: readonly string[]) => {
      now += hours * 3_600_000;
      await restart();
      const rows = urls.map((url) => ({ id: url.split('/').at(-2) }));
      await vi.waitFor(async () => expect(await unused()).toEqual(rows), 30_000);
    };
    await sweepAfterHours(20, [never]);
    expect(await statuses()).toEqual([200, 200, 200]);
    await service.call('DELETE', `/api/v1/products/${id}`);
    await sweepAfterHours(20, [dropped]);
    expect(await statuses()).toEqual([200, 200, 404]);
    // Sending it again is a day more.
    await sweepAfterHours(20, [dropped]);
    await send(JPEG);
    await sweepAfterHours(20, [dropped]);
    expect(await statuses()).toEqual([200, 200, 404]);
    await sweepAfterHours(20, []);
    expect(await statuses()).toEqual([200, 404, 404]);
    expect(await kept()).toHaveLength(1);
  });
});

test.skipIf(!hasPostgres)('replicas on PostgreSQL have the pictures of each other', async () => {
  const place = await createProductPlace({ store: 'postgres' });
  const [one, other] = await Promise.all([startTestService(place), startTestService(place)]);
  const content = webp(1).toString('base64');
  const data = { type: 'product-pictures', attributes: { content } };
  const { body } = await one.call('POST', PATH, { data });
  const { rawPayload } = await other.app.inject(body.data.attributes.url);
  expect(rawPayload.equals(webp(1))).toBe(true);
  await one.close();
  await other.close();
  await place.remove();
});
