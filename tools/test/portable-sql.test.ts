import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const projectFolder = resolve(import.meta.dirname, '../..');

// What CockroachDB, YugabyteDB or Citus lack, or do so differently that our code would be wrong.
const LACKING: Readonly<Record<string, RegExp>> = {
  'an advisory lock': /\badvisory\b.*\(|pg_(?:try_)?advisory/i,
  'LISTEN or NOTIFY': /`\s*(?:listen|notify|unlisten)\b|\bpg_notify\b/i,
  'a system column or a snapshot':
    /\b(?:ctid|xmin|xmax|txid_\w+|pg_current_\w+|pg_snapshot_\w+)\b/i,
  'a sequence':
    /\b(?:nextval|currval|setval|create sequence|(?:big|small)?serial)\b|\bgenerated\s+(?:always|by default)\s+as\s+identity\b/i,
  'a trigger': /\bcreate (?:or replace )?(?:constraint )?trigger\b/i,
  'a temporary table': /\bcreate (?:temp|temporary)\b/i,
  'a lock of a table': /`\s*lock table\b/i,
  'a division, which rounds whole numbers': /[\w)…] \/ [\w(…]/,
};

/** Where statements for PostgreSQL stand. */
const FOLDERS = [
  'packages/runtime/src/sql/postgres/**/*.ts',
  'packages/runtime/src/sql/migrations/postgres-*.ts',
  'packages/runtime/src/sql/{filter-condition,list-page,log-id,sql}.ts',
  'services/*/src/adapters/{postgres,sql}/**/*.ts',
  'services/*/migrations/postgres/*.ts',
];

/** The texts of a file in which SQL is written: templates without their code, and quoted texts. */
function textsOf(source: string): string[] {
  const texts = source.match(/`(?:[^`\\]|\\.)*`|'(?:[^'\\\n]|\\.)*'/g) ?? [];
  return texts.map((text) => text.replaceAll(/\$\{[^{}]*\}/g, '…'));
}

const files = FOLDERS.flatMap((pattern) => globSync(pattern, { cwd: projectFolder }));

test('no statement for PostgreSQL has what distributed engines lack', () => {
  expect(files.length).toBeGreaterThan(20);
  const breaches = files.flatMap((file) => {
    const texts = textsOf(readFileSync(join(projectFolder, file), 'utf8'));
    return Object.entries(LACKING).flatMap(([what, pattern]) =>
      texts.filter((text) => pattern.test(text)).map((text) => `${file} has ${what}: ${text}`),
    );
  });
  expect(breaches).toEqual([]);
});

test.each([
  ['an advisory lock', '`select pg_advisory_xact_lock(1)`'],
  ['LISTEN or NOTIFY', '`notify changes`'],
  ['a system column or a snapshot', '`select ctid from levels`'],
  ['a sequence', '`create table x (id bigserial primary key)`'],
  ['a trigger', '`create trigger counted after insert on x`'],
  ['a temporary table', '`create temp table x (id bigint)`'],
  ['a lock of a table', '`lock table levels`'],
  ['a division, which rounds whole numbers', '`select total / 2 from purchases`'],
])('%s is found', (what, text) => {
  expect(textsOf(text).filter((each) => LACKING[what]?.test(each))).toHaveLength(1);
});

test('keys lead with a column whose values are spread, but for the positions of a log', () => {
  const spread = [
    'product_id',
    'id',
    'key',
    'relay',
    'number',
    'sku',
    'tag',
    'word',
    'ending',
    'barcode',
  ];
  const ofFewRows = ['only_row', 'status', 'name'];
  const allowed = new Set([...spread, ...ofFewRows]);
  const leading = files.flatMap((file) => {
    if (!file.includes('/migrations/')) return [];
    const source = readFileSync(join(projectFolder, file), 'utf8');
    const ofTables = source.matchAll(/\b(?:primary key|unique) \((\w+)/gi);
    const ofColumns = source.matchAll(/(?:^\s*|\()(\w+) [^,()\n]*\bprimary key\b/gim);
    return [...ofTables, ...ofColumns].map(([, column = '']) => `${column} in ${file}`);
  });
  const others = leading.filter((each) => !allowed.has(each.split(' ')[0] ?? ''));
  expect(others.filter((each) => !each.startsWith('position '))).toEqual([]);
});
