import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

// The app as it was built for all tests.
const dist = resolve(import.meta.dirname, '../../web/dist');
/** What the first page of each app needs, its texts in the longer language among them. */
const APPS = [
  {
    app: 'shop',
    limitBytes: 130_000,
    first: ['index.html', 'src/i18n/es.ts', 'src/i18n/es-shop.ts'],
  },
  {
    app: 'office',
    limitBytes: 250_000,
    first: [
      'office.html',
      'src/office/pages/OverviewPage.vue',
      'src/i18n/es.ts',
      'src/i18n/es-office.ts',
    ],
  },
];
/** Names of things that look like addresses. Nothing is loaded from them. */
const NAMES = [
  'http://www.w3.org/',
  'https://jsonapi.org/',
  'http://origin.invalid',
  // In messages of errors.
  'https://vuejs.org/error-reference/',
];

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
}

const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8')) as Record<
  string,
  Chunk
>;

/** The files of these chunks and of whatever they import. */
function filesOf(first: readonly string[]): string[] {
  const keys = new Set<string>();
  const waiting = [...first];
  for (const key of waiting) {
    if (keys.has(key)) continue;
    keys.add(key);
    waiting.push(...(manifest[key]?.imports ?? []));
  }
  return [...keys].map((key) => manifest[key]?.file ?? key);
}

test.each(APPS)(
  'the first page of the $app needs little JavaScript',
  ({ app, limitBytes, first }) => {
    const files = ['before-paint.js', ...filesOf(first)];
    const sizes = files.map(
      (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length,
    );
    const total = sizes.reduce((sum, size) => sum + size, 0);
    console.log(
      `initial JavaScript of the ${app}: ${(total / 1_000).toFixed(1)} kB gzipped in ${files.length} files`,
    );
    expect(files.length).toBeGreaterThan(3);
    expect(total).toBeLessThanOrEqual(limitBytes);
  },
);

test('charts are loaded only where one is shown', () => {
  const initial = APPS.flatMap(({ first }) => filesOf(first)).map((file) =>
    readFileSync(join(dist, file), 'utf8'),
  );
  expect(initial.some((text) => text.includes('u-wrap'))).toBe(false);
  const all = globSync('assets/*.js', { cwd: dist });
  const withChart = all.filter((file) => readFileSync(join(dist, file), 'utf8').includes('u-wrap'));
  expect(withChart).toHaveLength(1);
});

test('nothing in the bundle names another origin that it could load from', () => {
  const files = globSync('**/*.{js,css,html,svg}', { cwd: dist });
  const addresses = files.flatMap((file) =>
    [
      ...readFileSync(join(dist, file), 'utf8').matchAll(/(?:https?:|wss?:)\/\/[^\s"'`)<>\\]+/g),
    ].map(([address]) => `${file}: ${address}`),
  );
  const foreign = addresses.filter((one) => !NAMES.some((name) => one.includes(`: ${name}`)));
  expect(foreign).toEqual([]);
  const css = files.filter((file) => file.endsWith('.css'));
  for (const file of css)
    expect(readFileSync(join(dist, file), 'utf8')).not.toMatch(
      /url\(["']?(?:https?:)?\/\/|@import/,
    );
});

test('the page has no script or style of its own, and nothing that a strict policy refuses', () => {
  for (const page of ['index.html', 'office.html', 'offline.html'])
    expect(readFileSync(join(dist, page), 'utf8')).not.toMatch(
      /<style|style=|\son\w+=|<script(?![^>]*\ssrc=)|data:/,
    );
  const scripts = globSync('**/*.js', { cwd: dist }).map((file) =>
    readFileSync(join(dist, file), 'utf8'),
  );
  for (const script of scripts) expect(script).not.toMatch(/\bnew Function\(|\beval\(/);
});

test('no key is in it', () => {
  for (const file of globSync('**/*.{js,html}', { cwd: dist }))
    expect(readFileSync(join(dist, file), 'utf8')).not.toMatch(/x-api-key|API_KEY/i);
});
