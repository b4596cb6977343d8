import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

// Shop and office have a router each. A link to a route that only the other one has is not drawn.

const source = join(import.meta.dirname, '../src');
const LINKED = /(?::to="|push\(|replace\(|resolve\()\{ name: '([a-z-]+)'/g;
const DECLARED = /\bname: '([a-z-]+)'/g;

function namesIn(pattern: string, expression: RegExp): { name: string; file: string }[] {
  return globSync(pattern, { cwd: source }).flatMap((file) =>
    [...readFileSync(join(source, file), 'utf8').matchAll(expression)].map(([, name = '']) => {
      return { name, file };
    }),
  );
}

test.each(['shop', 'office'])('the %s links by name to routes of its own alone', (app) => {
  const known = new Set(
    namesIn(`${app}/{router,office-pages}.ts`, DECLARED).map(({ name }) => name),
  );
  const links = namesIn(`${app}/**/*.{vue,ts}`, LINKED);
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter(({ name }) => !known.has(name))).toEqual([]);
});

test('what both draw links by addresses', () => {
  expect(namesIn('{components,ui}/**/*.{vue,ts}', LINKED)).toEqual([]);
});
