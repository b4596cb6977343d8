import { expect, test } from 'vitest';
import { warnOfWeakSettings, type Scope } from '../src/index.ts';

function warnings(key: string, anonymousScopes: readonly Scope[] = []): string[] {
  const lines: string[] = [];
  const log = { warn: (line: string) => void lines.push(line) };
  warnOfWeakSettings(log as never, {
    keys: { PRODUCTS_API_KEY: key },
    anonymousScopes,
    publicScopes: ['products:read', 'inventory:read'],
    settingWarnings: ['A warning of the reader.'],
  });
  expect(lines.shift()).toBe('A warning of the reader.');
  return lines;
}

test('a key of fewer than twenty characters gets a warning with the command that makes a good one', () => {
  const [line = '', ...more] = warnings('prod-secret-key');
  expect(more).toEqual([]);
  expect(line).toMatch(/^PRODUCTS_API_KEY .*openssl rand -base64 32$/);
  expect(line).not.toContain('prod-secret-key');
  expect(warnings('x'.repeat(19))).toHaveLength(1);
  expect(warnings('x'.repeat(20))).toEqual([]);
});

test('changes that need no key get a warning with their scopes', () => {
  const key = 'x'.repeat(43);
  expect(warnings(key, ['products:read', 'inventory:read'])).toEqual([]);
  expect(warnings(key, ['products:read', 'products:write', 'admin'])).toEqual([
    'ANONYMOUS_SCOPES lets everybody do products:write, admin without a key.',
  ]);
});
