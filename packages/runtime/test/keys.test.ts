import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKeyring, StartupError, type Scope } from '../src/index.ts';

const master = { name: 'inventory', key: 'master-key' };
const scopes: readonly Scope[] = ['products:read', 'products:write', 'admin'];
const otherScopes: readonly Scope[] = ['purchases:write'];
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'anaquel-keys-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function keysFile(content: unknown): string {
  const path = join(folder, 'keys.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex');

describe('the keyring', () => {
  test('the master key has all scopes, a caller without a key the anonymous ones', () => {
    const keyring = createKeyring({ master, scopes, anonymousScopes: ['products:read'] });
    for (const scope of scopes) expect(keyring.identify('master-key')?.can(scope)).toBe(true);
    expect(keyring.identify('master-key')).toMatchObject({
      name: 'inventory',
      actor: 'inventory',
      id: 'inventory',
    });
    expect(keyring.identify('master-kez')).toBeUndefined();
    expect(keyring.identify('')).toBeUndefined();
    expect(keyring.anonymous.can('products:read')).toBe(true);
    expect(keyring.anonymous.can('products:write')).toBe(false);
  });

  test('keys of the file have their own name and scopes only', () => {
    const path = keysFile({
      keys: [{ name: 'till-1', scopes: ['purchases:write'], sha256: sha256('till').toUpperCase() }],
    });
    const keyring = createKeyring({
      master,
      scopes,
      otherScopes,
      keysFile: path,
      anonymousScopes: [],
    });
    const till = keyring.identify('till');
    expect(till?.name).toBe('till-1');
    expect(till?.can('purchases:write')).toBe(true);
    expect(till?.can('admin')).toBe(false);
  });

  test('a file with mistakes is refused with all of them', () => {
    const path = keysFile({
      keys: [
        { name: 'anonymous', scopes: [], sha256: sha256('a') },
        { name: 'b', scopes: ['fly'], sha256: sha256('b') },
        { name: 'c', scopes: [], sha256: 'short' },
        { name: 'd', scopes: [], sha256: sha256('master-key') },
        { name: 'inventory', scopes: [], sha256: sha256('e') },
        'f',
      ],
    });
    const create = (): unknown =>
      createKeyring({ master, scopes, keysFile: path, anonymousScopes: [] });
    expect(create).toThrow(StartupError);
    for (const place of [
      '[0].name',
      '[1].scopes',
      '[2].sha256',
      '[3].sha256',
      '[4].name',
      '[5] must be',
    ]) {
      expect(create).toThrow(`KEYS_FILE ${path}: keys${place}`);
    }
  });

  test('a file that is missing, not JSON or of another shape is named in the error', () => {
    const create = (path: string) => (): unknown =>
      createKeyring({ master, scopes, keysFile: path, anonymousScopes: [] });
    expect(create(join(folder, 'nowhere.json'))).toThrow(/nowhere\.json can't be used: ENOENT/);
    expect(create(keysFile('{"secret": hunter2'))).toThrow(
      /keys\.json can't be used: it is not valid JSON\.$/,
    );
    expect(create(keysFile([]))).toThrow(/must hold \{"keys"/);
  });
});
