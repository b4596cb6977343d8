import { expect, test } from 'vitest';
import { readPostgresUrl } from '../src/process/postgres-url.ts';

test('reads a list of hosts, with ports and without', () => {
  expect(
    readPostgresUrl('postgres://shop:p%40ss%2Fword@a:5433,b.example,[::1]:5434/cat%20alogue'),
  ).toEqual({
    hosts: [
      { name: 'a', port: 5433 },
      { name: 'b.example', port: 5432 },
      { name: '::1', port: 5434 },
    ],
    user: 'shop',
    password: 'p@ss/word',
    database: 'cat alogue',
    tls: null,
  });
  expect(readPostgresUrl('postgresql://shop@a/db')).toMatchObject({ user: 'shop', password: '' });
});

test.each([
  ['postgres://a/db', /must name the user/],
  ['postgres://shop:x@a', /must be like postgres:\/\/user:password@host:5432\/database/],
  ['mysql://shop:x@a/db', /must be like/],
  ['postgres://shop:x@a,/db', /"" is no host/],
  ['postgres://shop:x@a:99999/db', /"a:99999" is no host/],
  ['postgres://shop:%E0%A4%A@a/db', /its password is not percent-encoded/],
  [
    'postgres://shop:x@a/db?sslmode=prefer',
    /its sslmode must be one of disable, require, verify-ca/,
  ],
  ['postgres://shop:x@a/db?connect_timeout=1', /it can't have the parameter "connect_timeout"/],
  [
    'postgres://shop:x@a/db?sslmode=verify-full&sslrootcert=/none.crt',
    /its sslrootcert \/none\.crt can't be read \(ENOENT\)/,
  ],
])('%s is refused, and the password is in no message', (url, message) => {
  expect(() => readPostgresUrl(url)).toThrow(message);
});

test.each([
  ['disable', null],
  ['require', { rejectUnauthorized: false }],
  ['verify-ca', { rejectUnauthorized: true }],
  ['verify-full', { rejectUnauthorized: true }],
])('sslmode=%s', (mode, expected) => {
  const { tls } = readPostgresUrl(`postgres://shop:x@a/db?sslmode=${mode}`);
  if (expected === null) expect(tls).toBeNull();
  else expect(tls).toMatchObject(expected);
  expect(tls?.checkServerIdentity === undefined).toBe(mode === 'disable' || mode === 'verify-full');
});
