import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBareServer, readListenSettings, settingsReader } from '../src/index.ts';

const env = {
  ALLOWED_HOSTS: 'Shop.Example.com, tienda-ñandú.es',
  PRODUCTS_BASE_URL: 'http://products:8001',
  INVENTORY_PUBLIC_URL: 'https://stock.example.org/inventory',
};
let app: Awaited<ReturnType<typeof createBareServer>>;
let port: number;

beforeAll(async () => {
  const urlSettings = ['PRODUCTS_BASE_URL', 'INVENTORY_PUBLIC_URL'];
  const settings = readListenSettings(settingsReader(env), { port: 0, urlSettings });
  app = await createBareServer({
    ...settings,
    name: 'sample',
    logLevel: 'silent',
    trustProxy: true,
  });
  for (const path of ['/things', '/health', '/health/ready', '/metrics', '/healthy'])
    app.get(path, async () => ({}));
  await app.listen({ host: '127.0.0.1', port: 0 });
  port = (app.server.address() as AddressInfo).port;
});

afterAll(() => app.close());

/** Sends exactly these lines and returns the answer. */
async function answerTo(...lines: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.end(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`);
  return text(socket);
}

async function statusOf(...lines: string[]): Promise<number> {
  return Number((await answerTo(...lines)).split(' ')[1]);
}

describe('a server answers', () => {
  test.each([
    'localhost',
    'localhost:8000',
    'LOCALHOST:8000',
    'localhost.',
    'localhost.:8000',
    '127.0.0.1',
    '192.0.2.7:8000',
    '[::1]',
    '[::1]:8000',
    '[2001:DB8::7]:443',
    'shop.example.com',
    'SHOP.EXAMPLE.COM.:443',
    'xn--tienda-and-z9a5i.es',
    'products:8001',
    'stock.example.org',
  ])('to the name %s', async (host) => {
    expect(await statusOf('GET /things HTTP/1.1', `Host: ${host}`)).toBe(200);
  });

  test('HTTP/1.0 without a Host', async () => {
    expect(await statusOf('GET /things HTTP/1.0')).toBe(200);
  });

  test.each(['/health', '/health/ready', '/health?x=1', '/metrics'])(
    'at %s by any name',
    async (path) => {
      expect(await statusOf(`GET ${path} HTTP/1.1`, 'Host: evil.example')).toBe(200);
    },
  );

  test('an absolute request target with its own name', async () => {
    const line = 'GET http://shop.example.com:8000/things HTTP/1.1';
    expect(await statusOf(line, 'Host: localhost')).toBe(200);
  });
});

describe('a server refuses', () => {
  test.each([
    'evil.example',
    'evil.example:8000',
    'localhost.evil.example',
    'shop.example.com.evil.example',
    'sub.shop.example.com',
    'notlocalhost',
    '127.0.0.1.evil.example',
    '999.0.0.1',
    '2130706433',
    '[::1].evil.example',
    '[evil.example]',
    'localhost:80:80',
    'localhost@evil.example',
    'localhost, evil.example',
    'localhost evil.example',
    'localhost..',
    '',
  ])('the name "%s"', async (host) => {
    expect(await statusOf('GET /things HTTP/1.1', `Host: ${host}`)).toBe(421);
  });

  test('a name whose like it has just answered', async () => {
    for (const host of ['localhost', '127.0.0.1:8000'])
      expect(await statusOf('GET /things HTTP/1.1', `Host: ${host}`)).toBe(200);
    const line = 'GET http://evil.example/things HTTP/1.1';
    expect(await statusOf(line, 'Host: 127.0.0.1:8000')).toBe(421);
    expect(await statusOf('GET /things HTTP/1.1', 'Host: 127.0.0.1:8000.evil')).toBe(421);
  });

  test.each(['/healthy', '/things?/health', '/nowhere'])('another name at %s', async (path) => {
    expect(await statusOf(`GET ${path} HTTP/1.1`, 'Host: evil.example')).toBe(421);
  });

  test('an absolute request target with another name, whatever Host says', async () => {
    const line = 'GET http://evil.example/things HTTP/1.1';
    expect(await statusOf(line, 'Host: localhost')).toBe(421);
  });

  test('another name in x-forwarded-host, since a page can send that header', async () => {
    const lines = ['Host: evil.example', 'X-Forwarded-Host: localhost'];
    expect(await statusOf('GET /things HTTP/1.1', ...lines)).toBe(421);
  });

  test('two Host headers, of which it would read only the first', async () => {
    const lines = ['Host: localhost', 'HOST: evil.example'];
    expect(await statusOf('GET /things HTTP/1.1', ...lines)).toBe(400);
  });

  test.each(['/things', '/health'])(
    'a request without Host for %s, in JSON:API form',
    async (path) => {
      const answer = await answerTo(`GET ${path} HTTP/1.1`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('Send one header Host.');
    },
  );

  test('with an error document that says what to do', async () => {
    const answer = await answerTo('GET /things HTTP/1.1', 'Host: evil.example');
    const body = JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1));
    expect(body.errors).toEqual([
      {
        status: '421',
        code: 'host-not-allowed',
        title: 'The server does not answer to this name',
        detail: expect.stringContaining('ALLOWED_HOSTS'),
        source: { header: 'Host' },
      },
    ]);
  });
});

describe('the setting', () => {
  const read = (value: string) => {
    const settings = settingsReader({ ALLOWED_HOSTS: value });
    return {
      hosts: readListenSettings(settings, { port: 0, urlSettings: [] }).allowedHosts,
      settings,
    };
  };

  test('takes every name with *', async () => {
    const { hosts } = read('*');
    const any = await createBareServer({
      ...readListenSettings(settingsReader({}), { port: 0, urlSettings: [] }),
      name: 'any',
      logLevel: 'silent',
      allowedHosts: hosts,
    });
    any.get('/', async () => ({}));
    const headers = { host: 'any.example' };
    expect((await any.inject({ url: '/', headers })).statusCode).toBe(200);
    await any.close();
  });

  test.each(['http://shop.example', 'shop.example:8000', '*.example', 'a/b', 'user@shop.example'])(
    'is refused with "%s"',
    (value) => {
      expect(read(value).settings.problems).toEqual([expect.stringContaining('ALLOWED_HOSTS')]);
    },
  );
});
