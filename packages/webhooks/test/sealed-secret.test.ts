import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createSecretSeal, parseSealingKey } from '../src/sealed-secret.ts';
import { createSecret } from '../src/signature.ts';

const key = randomBytes(32);
const seal = createSecretSeal(key);

test('a secret is 32 random bytes, as Standard Webhooks write them', () => {
  const secret = createSecret();
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(createSecret()).not.toBe(secret);
});

test('a sealed secret opens for its webhook, and shows nothing of itself', () => {
  const secret = createSecret();
  const sealed = seal.seal(secret, 'a');
  expect(seal.open(sealed, 'a')).toBe(secret);
  expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain(secret.slice(6, 12));
  expect(seal.seal(secret, 'a')).not.toBe(sealed);
});

test('a sealed secret does not open for another webhook, by another key, or changed', () => {
  const sealed = seal.seal(createSecret(), 'a');
  expect(() => seal.open(sealed, 'b')).toThrow('for another webhook');
  expect(() => createSecretSeal(randomBytes(32)).open(sealed, 'a')).toThrow(
    'by another WEBHOOKS_SECRET_KEY',
  );
  const bytes = Buffer.from(sealed, 'base64');
  for (let place = 1; place < bytes.length; place += 1) {
    const changed = Buffer.from(bytes);
    changed[place] = (changed[place] ?? 0) ^ 1;
    expect(() => seal.open(changed.toString('base64'), 'a')).toThrow('another webhook');
  }
});

test.each(['', 'AQ==', 'Ag'.repeat(40)])('%j was sealed in no known way', (sealed) => {
  expect(() => seal.open(sealed, 'a')).toThrow('in no known way');
});

test('a key is 32 bytes, as base64 or hexadecimal digits', () => {
  expect(parseSealingKey(key.toString('base64'))).toEqual(key);
  expect(parseSealingKey(key.toString('hex'))).toEqual(key);
  expect(parseSealingKey(key.toString('hex').toUpperCase())).toEqual(key);
  for (const wrong of ['', 'secret', key.toString('base64url'), key.toString('hex').slice(1)])
    expect(parseSealingKey(wrong)).toBeNull();
});
