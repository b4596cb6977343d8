import { expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';

const needed = {
  STOREFRONT_API_KEY: 'a',
  OPERATOR_API_KEY: 'b',
  OPERATOR_PASSWORD: 'long enough'.replace(' ', '-'),
};

test('the storefront is closed unless it is opened, and no token is accepted', () => {
  const { port, storefront, tokens } = readConfig(needed, '.');
  expect({ port, storefront, tokens }).toEqual({ port: 8000, storefront: 'closed', tokens: null });
});

test('every wrong setting is named at once, without any secret', () => {
  const wrong = { STOREFRONT: 'ajar', OPERATOR_PASSWORD: 'short', JWT_ISSUER: 'https://issuer' };
  const lines = [
    'PORT must be',
    'STOREFRONT_API_KEY is not set',
    'OPERATOR_API_KEY is not set',
    'OPERATOR_PASSWORD must have at least 8 characters.',
    'STOREFRONT must be one of open, closed',
    'JWT_AUDIENCE and JWT_JWKS_URL must be set too',
  ];
  const read = (): unknown => readConfig({ ...wrong, PORT: 'x' }, '.');
  for (const line of lines) expect(read).toThrow(line);
  expect(read).not.toThrow('short');
});
