import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { compileMessage } from '../src/i18n/message-compiler.ts';
import { importMessages as enImport } from '../src/i18n/en-import.ts';
import { messages as en } from '../src/i18n/en.ts';
import { officeMessages as enOffice } from '../src/i18n/en-office.ts';
import { shelfMessages as enShelf } from '../src/i18n/en-shelf.ts';
import { shopMessages as enShop } from '../src/i18n/en-shop.ts';
import { webhookMessages as enWebhooks } from '../src/i18n/en-webhooks.ts';
import { importMessages as esImport } from '../src/i18n/es-import.ts';
import { officeMessages as esOffice } from '../src/i18n/es-office.ts';
import { shelfMessages as esShelf } from '../src/i18n/es-shelf.ts';
import { shopMessages as esShop } from '../src/i18n/es-shop.ts';
import { webhookMessages as esWebhooks } from '../src/i18n/es-webhooks.ts';
import { messages as es } from '../src/i18n/es.ts';
import { draftMembers } from '../src/products/product-draft.ts';

type Tree = { readonly [name: string]: string | Tree };

function leaves(tree: Tree, path: readonly string[] = []): [string, string][] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === 'string'
      ? [[[...path, name].join('.'), value] as [string, string]]
      : leaves(value, [...path, name]),
  );
}

const source = resolve(import.meta.dirname, '../src');
const english = new Map(
  leaves({ ...en, ...enShop, ...enOffice, ...enImport, ...enShelf, ...enWebhooks }),
);
const spanish = new Map(
  leaves({ ...es, ...esShop, ...esOffice, ...esImport, ...esShelf, ...esWebhooks }),
);
const ALL_SECTIONS = new Set([...english.keys()].map((key) => key.split('.', 1)[0]));
/** Texts that are empty on purpose: nothing is said there. */
const SILENT = new Set([
  'live.idle',
  'stockForm.count.reasonHint',
  'stockForm.threshold.reasonHint',
]);
/** Words that are the same in both languages. */
const SAME = new Set(['Total', 'API', 'Webhooks', 'Node.js', 'Python', 'PHP', '{ms} ms']);

test('both languages have the same texts, and none is empty', () => {
  expect([...spanish.keys()].sort()).toEqual([...english.keys()].sort());
  for (const texts of [english, spanish])
    for (const [key, text] of texts)
      if (!SILENT.has(key)) expect([key, text]).not.toEqual([key, '']);
});

test('they name the same figures and have the same forms', () => {
  const shape = (text: string) =>
    text.split('|').map((form) => [...form.matchAll(/\{\w+\}/g)].map(String).sort().join());
  for (const [key, text] of english)
    expect([key, shape(spanish.get(key) ?? '')]).toEqual([key, shape(text)]);
});

test('nothing was left in English', () => {
  const untranslated = [...english].filter(
    ([key, text]) => text !== '' && spanish.get(key) === text && !SAME.has(text),
  );
  expect(untranslated).toEqual([]);
});

test('each section of texts stands in one file', () => {
  const sections = [en, enShop, enOffice, enImport, enShelf, enWebhooks].flatMap(Object.keys);
  expect(sections).toEqual([...new Set(sections)]);
});

/** The files of an app: its entry, and what it imports now or later. */
function filesFrom(entry: string): string[] {
  const files = new Set([resolve(source, entry)]);
  for (const file of files)
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(
      /(?:from|import)\s*\(?\s*'(\.[^']+\.(?:vue|ts))'/g,
    ))
      // What each part of the texts says is no use of it.
      if (!/i18n\/e[ns]|event-types/.test(path)) files.add(resolve(file, '..', path));
  return [...files];
}

test.each([
  ['shop', [en, enShop]],
  ['office', [en, enOffice, enImport, enShelf, enWebhooks]],
])('the %s uses no texts but those that it loads', (app, texts) => {
  const sections = new Set(texts.flatMap(Object.keys));
  const files = filesFrom(`${app}/main.ts`);
  expect(files.length).toBeGreaterThan(30);
  const foreign = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\bt\(\s*(?:[\w.]+\s*\?\s*)?['`](\w+)\./g)].flatMap(
      ([text, section = '']) =>
        ALL_SECTIONS.has(section) && !sections.has(section) ? [`${file}: ${text}`] : [],
    ),
  );
  expect(foreign).toEqual([]);
});

test('every text that the app asks for by its name is there', () => {
  const keys = globSync('**/*.{vue,ts}', { cwd: source }).flatMap((path) => {
    const text = readFileSync(join(source, path), 'utf8');
    return [...text.matchAll(/\bt\(\s*'([^']+)'/g)].map(([, key]) => key ?? '');
  });
  expect(keys.length).toBeGreaterThan(150);
  expect(keys.filter((key) => !english.has(key))).toEqual([]);
});

test('the form of a product has a field for each of its members', () => {
  const path = resolve(import.meta.dirname, '../src/office/components/ProductForm.vue');
  const form = readFileSync(path, 'utf8');
  expect(draftMembers.filter((name) => !form.includes(`v-model="draft.${name}"`))).toEqual([]);
});

test('messages have figures in them and forms for nothing, one and many', () => {
  const saying = (named: Record<string, unknown>, form = 0) => ({
    named: (name: string) => named[name],
    plural: (forms: string[]) => forms[form] ?? '',
  });
  expect(compileMessage('{a} of {b}')(saying({ a: 1, b: 'two' }))).toBe('1 of two');
  expect(compileMessage('none | {n} one | {n} many')(saying({ n: 7 }, 2))).toBe('7 many');
  expect(compileMessage('plain')(saying({}))).toBe('plain');
});
