import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseDatabaseUrl, SettingsError, settingsReader } from '../src/index.ts';

describe('settings', () => {
  test('reads values and falls back to defaults, for empty values too', () => {
    const settings = settingsReader({
      PORT: '9001',
      HOST: '',
      RATE: '0.5',
      ORIGINS: 'http://a, http://b',
      SCOPES: 'write read',
      KEY: 'k',
      URL: 'http://x:1/p/',
    });
    expect(settings.integer('PORT', { default: 8001, min: 1, max: 65_535 })).toBe(9001);
    expect(settings.text('HOST', { default: '127.0.0.1', hint: 'a host' })).toBe('127.0.0.1');
    expect(settings.optional('FILE')).toBeUndefined();
    expect(settings.number('RATE', { default: 1, min: 0, max: 2 })).toBe(0.5);
    expect(settings.list('ORIGINS', { default: [] })).toEqual(['http://a', 'http://b']);
    expect(settings.listOf('SCOPES', ['read', 'write'], { default: [] })).toEqual([
      'read',
      'write',
    ]);
    expect(settings.oneOf('LEVEL', ['info', 'debug'], { default: 'info' })).toBe('info');
    expect(settings.secret('KEY', { hint: '' })).toBe('k');
    expect(settings.url('URL', { default: 'http://y' })).toBe('http://x:1/p');
    expect(settings.url('OTHER', { default: 'http://127.0.0.1:8001' })).toBe(
      'http://127.0.0.1:8001',
    );
    settings.finish();
  });

  test('names every wrong value at once, one line each, with the expected value', () => {
    const settings = settingsReader({
      PORT: '70000',
      LEVEL: 'loud',
      SCOPES: 'read fly',
      BASE: 'ftp://user:pa55@x',
    });
    settings.integer('PORT', { default: 8001, min: 1, max: 65_535 });
    settings.oneOf('LEVEL', ['info', 'debug'], { default: 'info' });
    settings.listOf('SCOPES', ['read', 'write'], { default: [] });
    settings.url('BASE', { default: 'http://y' });
    settings.text('NAME', { hint: 'a name' });
    settings.secret('KEY', { hint: 'Make one with: openssl rand -hex 24' });
    settings.problems.push('A problem of the caller.');

    const error = catchError(() => settings.finish());
    expect(error).toBeInstanceOf(SettingsError);
    expect((error as SettingsError).message.split('\n')).toEqual([
      'PORT must be a whole number from 1 to 65535, not "70000".',
      'LEVEL must be one of info, debug, not "loud".',
      'SCOPES must be a list out of read, write, not "fly".',
      'BASE must be an http:// or https:// address such as http://127.0.0.1:8001, without user, password, query or fragment.',
      'NAME must be a name, but it is not set.',
      'KEY is not set. Make one with: openssl rand -hex 24',
      'A problem of the caller.',
    ]);
  });

  test('reads addresses as a list, each once, and never repeats a wrong one', () => {
    const settings = settingsReader({
      URLS: 'http://a:1/, http://b:2/p/ https://c',
      TWICE: 'http://a,http://a/',
      WRONG: 'http://a,ftp://user:pa55@b',
      MANY: Array.from({ length: 33 }, (_, index) => `http://a:${index + 1}`).join(),
    });
    const options = { default: 'http://127.0.0.1:8001' };
    expect(settings.urls('URLS', options)).toEqual(['http://a:1', 'http://b:2/p', 'https://c']);
    expect(settings.urls('NONE', options)).toEqual(['http://127.0.0.1:8001']);
    expect(settings.problems).toEqual([]);
    for (const name of ['TWICE', 'WRONG', 'MANY']) settings.urls(name, options);
    expect(settings.problems).toEqual([
      'TWICE must name each address once.',
      expect.stringMatching(/^WRONG must be an http:\/\/ or https:\/\/ address/),
      'MANY must name at most 32 addresses.',
    ]);
    expect(settings.problems.join()).not.toContain('pa55');
  });

  test('never repeats a secret', () => {
    const settings = settingsReader({ KEY: 'very secret indeed' });
    settings.secret('KEY', { hint: 'Make one.' });
    expect(settings.problems.join()).toContain('KEY must be');
    expect(settings.problems.join()).not.toContain('very');
  });

  test.each(['1e3', '0x10', ' 5', '5.0', '--5', '99999999999999999999'])(
    '%j is not a whole number',
    (value) => {
      const settings = settingsReader({ N: value });
      settings.integer('N', { default: 1, min: 0, max: 10_000 });
      expect(settings.problems).toHaveLength(1);
    },
  );
});

describe('a secret in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-secrets-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function file(content: string | Buffer, mode = 0o600): string {
    const path = join(folder, `${Math.random()}`);
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  }

  test.each(['s3cret', 's3cret\n', 's3cret\r\n'])('%j is read without its line end', (content) => {
    const settings = settingsReader({ KEY_FILE: file(content), URL_FILE: file(content) });
    expect(settings.secret('KEY', { hint: '' })).toBe('s3cret');
    expect(settings.optionalSecret('URL')).toBe('s3cret');
    expect(settings.optionalSecret('NONE')).toBeUndefined();
    expect(settings.warnings).toEqual([]);
    settings.finish();
  });

  test('a relative path starts at the folder of the reader', () => {
    writeFileSync(join(folder, 'key'), 's3cret');
    const settings = settingsReader({ KEY_FILE: './key' }, folder);
    expect(settings.secret('KEY', { hint: '' })).toBe('s3cret');
  });

  test('only one line end is dropped, and what is left must be a secret', () => {
    const settings = settingsReader({ KEY_FILE: file('s3cret\n\n') });
    settings.secret('KEY', { hint: 'Make one.' });
    expect(settings.problems).toEqual([
      'KEY must be 1 to 512 visible ASCII characters without white space. Make one.',
    ]);
  });

  test('both, and a file that can’t be used, are named by their setting and never by what they hold', () => {
    mkdirSync(join(folder, 'a-folder'));
    const settings = settingsReader({
      BOTH: 's3cret',
      BOTH_FILE: file('s3cret'),
      // The secret itself, where its file was asked for.
      MISSING_FILE: 's3cret',
      EMPTY_FILE: file('\n'),
      LONG_FILE: file(`s3cret${'x'.repeat(4_091)}`),
      FOLDER_FILE: join(folder, 'a-folder'),
    });
    for (const name of ['BOTH', 'MISSING', 'EMPTY', 'LONG', 'FOLDER']) {
      settings.secret(name, { hint: 'Make one.' });
    }
    expect(settings.problems).toEqual([
      'BOTH and BOTH_FILE are both set. Set one of them.',
      "MISSING_FILE names a file that can't be read (ENOENT).",
      'EMPTY_FILE names a file that is empty.',
      'LONG_FILE must name a file of at most 4096 bytes.',
      'FOLDER_FILE must name a file.',
    ]);
    expect(() => settings.finish()).toThrow(SettingsError);
  });

  test("one that can't be opened is a problem", () => {
    const settings = settingsReader({ KEY_FILE: `${file('s3cret')}/below` });
    settings.secret('KEY', { hint: '' });
    expect(settings.problems).toEqual(["KEY_FILE names a file that can't be read (ENOTDIR)."]);
  });

  test('one that every user may read gets a warning', () => {
    const settings = settingsReader({
      KEY_FILE: file('s3cret', 0o644),
      GROUP_FILE: file('g', 0o640),
    });
    settings.secret('KEY', { hint: '' });
    settings.secret('GROUP', { hint: '' });
    settings.finish();
    expect(settings.warnings).toEqual([
      'KEY_FILE names a file that every user of the machine may read. Take that right away with: chmod o-r',
    ]);
  });
});

describe('DATABASE_URL', () => {
  test.each([
    ['file:./data/x.db', '/srv/data/x.db'],
    ['file:x.db', '/srv/x.db'],
    ['file:/abs/x.db', '/abs/x.db'],
    ['file:///abs/x%20y.db', '/abs/x y.db'],
    ['sqlite:///./x.db', '/srv/x.db'],
    ['sqlite:///x.db', '/srv/x.db'],
    ['sqlite:////abs/x.db', '/abs/x.db'],
  ])('%s is the file %s', (text, path) => {
    expect(parseDatabaseUrl(text, '/srv')).toEqual({ kind: 'sqlite', path });
  });

  test.each([
    'postgres://user:secret@db:5432/shop',
    'postgresql://user:secret@a,b:5433/shop?sslmode=require',
  ])('%s is a PostgreSQL database', (url) => {
    expect(parseDatabaseUrl(url, '/srv')).toEqual({ kind: 'postgres', url });
  });

  test('a wrong address of a PostgreSQL database is refused with its reason', () => {
    expect(parseDatabaseUrl('postgres://user:secret@db/shop?sslmode=prefer', '/srv')).toEqual({
      error:
        'names no PostgreSQL database: its sslmode must be one of disable, require, verify-ca, verify-full.',
    });
  });

  test.each([
    '',
    'x.db',
    'file:',
    'sqlite://x.db',
    'file::memory:',
    'sqlite:///data/',
    'file:x.db?mode=ro',
    'mysql://user:secret@db/x',
    'postgres://',
    'postgres://user:secret@db',
    'postgres://user:sec@secret@db/shop',
  ])('%j is refused without repeating it', (text) => {
    const parsed = parseDatabaseUrl(text, '/srv');
    expect(parsed).toHaveProperty('error');
    expect(JSON.stringify(parsed)).not.toContain('secret');
  });
});

function catchError(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
