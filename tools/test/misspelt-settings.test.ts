import { expect, test } from 'vitest';
import { misspeltSettings } from '../start/misspelt-settings.ts';

const settingNames = new Set([
  'PRODUCTS_API_KEY',
  'OPERATOR_PASSWORD',
  'PRODUCTS_PORT',
  'DATA_DIR',
  'LOG_LEVEL',
  'CORS_ORIGINS',
  'HOST',
  'PORT',
  'TLS_CERT_FILE',
]);

test.each([
  ['PRODUCTS_APIKEY', 'PRODUCTS_API_KEY'],
  ['PRODUCTSAPIKEY', 'PRODUCTS_API_KEY'],
  ['products_api_key', 'PRODUCTS_API_KEY'],
  ['PRODUCT_API_KEY', 'PRODUCTS_API_KEY'],
  ['PRODUCTS_API_KYE', 'PRODUCTS_API_KEY'],
  ['PRODCUT_API_KEY', 'PRODUCTS_API_KEY'],
  ['OPERATOR_PASWORT', 'OPERATOR_PASSWORD'],
  ['PRODUCTS-PORT', 'PRODUCTS_PORT'],
  ['DATADIR', 'DATA_DIR'],
  ['LOGLEVEL', 'LOG_LEVEL'],
  ['LOG_LEVELS', 'LOG_LEVEL'],
  ['CORS_ORIGIN', 'CORS_ORIGINS'],
  ['host', 'HOST'],
])('%s is told as %s', (name, meant) => {
  expect(misspeltSettings({ [name]: 'x' }, settingNames)).toEqual([
    `${name} is no setting and has no effect: is ${meant} meant?`,
  ]);
});

test.each([
  'SSL_CERT_FILE',
  'HOME',
  'POST',
  'HOSTNAME',
  'PATH',
  'PORT_X',
  'LOGNAME',
  'CORS',
  'PRODUCTS',
  'DATA',
])('%s is nobody’s slip', (name) => {
  expect(misspeltSettings({ [name]: 'x' }, settingNames)).toEqual([]);
});

test('settings themselves, and what has no value, are not told', () => {
  expect(misspeltSettings({ PRODUCTS_API_KEY: 'x', PRODUCTS_APIKEY: '' }, settingNames)).toEqual(
    [],
  );
});
