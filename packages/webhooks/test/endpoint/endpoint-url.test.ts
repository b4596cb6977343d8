import { expect, test, vi } from 'vitest';
import { checkEndpointUrl } from '../../src/endpoint/endpoint-url.ts';
import { createResolver } from '../../src/endpoint/resolver.ts';

const NAMES: Readonly<Record<string, readonly string[] | 'not-begun' | null>> = {
  'shop.example': ['1.1.1.1', '2606:4700::1111'],
  'both.example': ['1.1.1.1', '10.0.0.7'],
  'within.example': ['10.0.0.7'],
  'mapped.example': ['::ffff:10.0.0.7'],
  'slow.example': null,
  'queued.example': 'not-begun',
};

const resolver = async (name: string) => (name in NAMES ? (NAMES[name] ?? null) : []);

function check(url: string, allowPrivate = false) {
  return checkEndpointUrl(url, { resolver, allowPrivate });
}

test.each([
  'https://shop.example',
  'https://shop.example:8443/events?from=anaquel',
  'HTTPS://SHOP.EXAMPLE/',
  'https://1.1.1.1/events',
  'https://[2606:4700::1111]/events',
])('%s may be an endpoint', async (url) => {
  expect(await check(url)).toBeNull();
});

test.each([
  ['', 'not-absolute'],
  ['/events', 'not-absolute'],
  ['shop.example/events', 'not-absolute'],
  ['https:shop.example', 'not-absolute'],
  ['https://', 'not-absolute'],
  ['https://shop.example/a b', 'not-absolute'],
  [' https://shop.example/', 'not-absolute'],
  ['https://[fe80::1%25eth0]/', 'not-absolute'],
  ['http://shop.example/', 'not-https'],
  ['ftp://shop.example/', 'not-https'],
  ['https://user@shop.example/', 'user-info'],
  ['https://:password@shop.example/', 'user-info'],
  ['https://shop.example/#events', 'fragment'],
  [`https://shop.example/${'x'.repeat(2_028)}`, 'too-long'],
  ['https://unknown.example/', 'not-found'],
  ['https://slow.example/', 'not-looked-up'],
  ['https://queued.example/', 'not-looked-up'],
  ['https://both.example/', 'not-public'],
  ['https://within.example/', 'not-public'],
  ['https://mapped.example/', 'not-public'],
  ['https://127.1/', 'not-public'],
  ['https://0177.0.0.1/', 'not-public'],
  ['https://0x7f000001/', 'not-public'],
  ['https://2130706433/', 'not-public'],
  ['https://127.0.0.1./', 'not-public'],
  ['https://１２７.0.0.1/', 'not-public'],
  ['https://[::1]/', 'not-public'],
  ['https://[::ffff:127.0.0.1]/', 'not-public'],
  ['https://169.254.169.254/latest/meta-data', 'not-public'],
])('%s is refused: %s', async (url, problem) => {
  expect(await check(url)).toBe(problem);
});

test('2,048 characters are few enough', async () => {
  expect(await check(`https://shop.example/${'x'.repeat(2_027)}`)).toBeNull();
});

test.each(['https://localhost/', 'https://LOCALHOST:8001/', 'https://localhost./'])(
  '%s is refused as this machine knows it',
  async (url) => {
    const problem = await checkEndpointUrl(url, {
      resolver: createResolver(),
      allowPrivate: false,
    });
    // Not every machine knows the name with a dot.
    expect(['not-public', 'not-found', 'not-looked-up']).toContain(problem);
  },
);

test('where private addresses are allowed, none is looked up, and the text still has to be right', async () => {
  const unused = vi.fn(resolver);
  const rules = { resolver: unused, allowPrivate: true };
  expect(await checkEndpointUrl('http://unknown.example:3000/', rules)).toBeNull();
  expect(await checkEndpointUrl('http://127.0.0.1:3000/', rules)).toBeNull();
  expect(await checkEndpointUrl('ftp://127.0.0.1/', rules)).toBe('not-https');
  expect(await checkEndpointUrl('http://user@127.0.0.1/', rules)).toBe('user-info');
  expect(unused).not.toHaveBeenCalled();
});
