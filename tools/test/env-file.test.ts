import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  makeMissingSecrets,
  randomKey,
  randomPassword,
  readEnvironment,
  shellExpressionForKey,
} from '../start/env-file.ts';

const names = ['PRODUCTS_API_KEY', 'INVENTORY_API_KEY'];
const makers = { PRODUCTS_API_KEY: randomKey, INVENTORY_API_KEY: randomKey };
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'env file-'));
  file = join(folder, '.env');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the first call makes both keys in a file for its owner alone, the second finds them', () => {
  expect(makeMissingSecrets(file, makers, {})).toEqual(names);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const environment = readEnvironment(file, {});
  expect(environment['PRODUCTS_API_KEY']).toMatch(/^[\w-]{43}$/);
  expect(environment['INVENTORY_API_KEY']).not.toBe(environment['PRODUCTS_API_KEY']);
  expect(makeMissingSecrets(file, makers, {})).toEqual([]);
  expect(readEnvironment(file, {})).toEqual(environment);
});

test('the environment wins and is not copied into the file', () => {
  const environment = { PRODUCTS_API_KEY: 'from-outside', INVENTORY_API_KEY: '' };
  expect(makeMissingSecrets(file, makers, environment)).toEqual(['INVENTORY_API_KEY']);
  expect(readFileSync(file, 'utf8')).not.toContain('from-outside');
  expect(readEnvironment(file, environment)['PRODUCTS_API_KEY']).toBe('from-outside');
  expect(readEnvironment(file, environment)['INVENTORY_API_KEY']).toMatch(/^[\w-]{43}$/);
});

test('with both keys in the environment there is no file', () => {
  makeMissingSecrets(file, makers, { PRODUCTS_API_KEY: 'a', INVENTORY_API_KEY: 'b' });
  expect(() => statSync(file)).toThrow('ENOENT');
});

test('a password is easy to read and to type, and each is another', () => {
  makeMissingSecrets(file, { OPERATOR_PASSWORD: randomPassword }, {});
  const { OPERATOR_PASSWORD: password } = readEnvironment(file, {});
  expect(password).toMatch(/^(?:[a-km-z2-9]{5}-){3}[a-km-z2-9]{5}$/);
  expect(randomPassword()).not.toBe(password);
});

test('a file that lacks a key, or has it empty, gets it added and keeps the rest', () => {
  writeFileSync(file, '# mine\nCURRENCY=EUR\nPRODUCTS_API_KEY=abc\nINVENTORY_API_KEY=');
  expect(makeMissingSecrets(file, makers, {})).toEqual(['INVENTORY_API_KEY']);
  expect(readFileSync(file, 'utf8')).toMatch(
    /^# mine\nCURRENCY=EUR\nPRODUCTS_API_KEY=abc\nINVENTORY_API_KEY=\nINVENTORY_API_KEY=[\w-]{43}\n$/,
  );
  expect(readEnvironment(file, {})).toMatchObject({ CURRENCY: 'EUR', PRODUCTS_API_KEY: 'abc' });
});

test('a file that others could read is for its owner alone once it holds a key', () => {
  writeFileSync(file, 'PRODUCTS_API_KEY=abc\n', { mode: 0o644 });
  makeMissingSecrets(file, { PRODUCTS_API_KEY: randomKey }, {});
  expect(statSync(file).mode & 0o777).toBe(0o644);
  makeMissingSecrets(file, makers, {});
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('values may be quoted, exported, commented and end in Windows line ends', () => {
  writeFileSync(
    file,
    `A="one two" # comment\r\nexport B='#x'\r\n\r\n  C = three # comment\r\nD=a#b\r\nE=\r\n`,
  );
  expect(readEnvironment(file, {})).toEqual({ A: 'one two', B: '#x', C: 'three', D: 'a#b', E: '' });
});

test.each(['no equals sign', '1A=x', 'A="open'])(
  'a line like %s is refused with its number',
  (line) => {
    writeFileSync(file, `# first\n${line}\n`);
    expect(() => readEnvironment(file, {})).toThrow('.env, line 2: expected NAME=value');
  },
);

test('a file that cannot be read is named', () => {
  mkdirSync(file);
  expect(() => readEnvironment(file, {})).toThrow(`Cannot read ${file} (EISDIR).`);
});

test.each([
  'INVENTORY_API_KEY=plain-Key_1\n',
  '# INVENTORY_API_KEY=old\nINVENTORY_API_KEY="quoted=key"\n',
  'INVENTORY_API_KEY=windows\r\nOTHER=x\r\n',
  'INVENTORY_API_KEY=first\nINVENTORY_API_KEY=last\n',
])('the shell expression prints the key of %j', (text) => {
  writeFileSync(file, text);
  const expression = shellExpressionForKey(file, 'INVENTORY_API_KEY', {});
  const printed = execFileSync('sh', ['-c', `printf %s "${expression}"`], { encoding: 'utf8' });
  expect(printed).toBe(readEnvironment(file, {})['INVENTORY_API_KEY']);
});

test('a secret that has a file is not made, and the shell expression prints the file', () => {
  writeFileSync(join(folder, 'key'), 'from-a-file\n');
  const environment = { PRODUCTS_API_KEY_FILE: './key' };
  expect(makeMissingSecrets(file, makers, environment)).toEqual(['INVENTORY_API_KEY']);
  const expression = shellExpressionForKey(file, 'PRODUCTS_API_KEY', environment);
  const printed = execFileSync('sh', ['-c', `printf %s "${expression}"`], { encoding: 'utf8' });
  expect(printed).toBe('from-a-file');
});

test('the shell expression is the variable when the key comes from the environment', () => {
  expect(shellExpressionForKey(file, 'INVENTORY_API_KEY', { INVENTORY_API_KEY: 'x' })).toBe(
    '$INVENTORY_API_KEY',
  );
});
