import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createMigrations } from '@anaquel/runtime/migrations';
import { createSqliteConnection, openSqlite, sql } from '@anaquel/runtime/sql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { substanceOf, type RecordedRequest } from '../fixtures/releases/requests.ts';
import { createSqliteLedgerStore } from '../../src/adapters/sqlite/writer/ledger-store.ts';
import { keepRecordsApart } from '../support/records-apart.ts';
import { openShop, type Answer, type Shop } from '../support/shop.ts';

const RELEASES = join(import.meta.dirname, '../fixtures/releases');
const MIGRATIONS = join(import.meta.dirname, '../../migrations/sqlite');

interface Recording {
  readonly recordedAt: string;
  readonly requests: readonly RecordedRequest[];
}

const entries = await readdir(RELEASES, { withFileTypes: true });
const releases = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
const recordings = new Map<string, Recording>();
for (const release of releases) {
  const text = await readFile(join(RELEASES, release, 'requests.json'), 'utf8');
  recordings.set(release, JSON.parse(text) as Recording);
}

/** Where the records of purchases are while requests are sent again. */
const STATES = {
  'with its records apart': async () => {},
  'half of whose records were moved': async (path: string) => adopt(path, 0.5),
  'whose records were moved': async (path: string) => adopt(path, 1),
  'whose records were moved and taken back': async (path: string) => {
    adopt(path, 1);
    await keepRecordsApart(path);
  },
};

function adopt(path: string, part: number): void {
  const database = openSqlite(path);
  const records = createSqliteConnection(database).number(
    sql`select count(*) from idempotency_records`,
  );
  createSqliteLedgerStore(database).adoptRecords(Math.ceil(records * part));
  database.close();
}

/** The service that starts on the database then finds nothing to move. */
function leaveRecords(path: string): void {
  const database = openSqlite(path);
  createSqliteConnection(database).run(sql`update record_upkeep set unadopted = 0`);
  database.close();
}

const databases = [...recordings].flatMap(([release, recording]) =>
  Object.entries(STATES).map(([state, prepare]) => ({ release, state, prepare, ...recording })),
);

/** The same request with every number changed to another valid one. */
function changed<Body>(body: Body): Body;
function changed(body: unknown): unknown {
  if (typeof body === 'number') return body < 0 || body === 3_600 ? body - 1 : body + 1;
  if (Array.isArray(body)) return body.map(changed);
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, changed(value)]));
}

test('there are recordings of older releases', () => {
  expect(releases).toEqual(expect.arrayContaining(['145519d', 'bec3ab3']));
});

describe.each(databases)('a database of $release $state', (one) => {
  const { release, prepare, recordedAt, requests } = one;
  let shop: Shop;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'anaquel-older-'));
    const path = join(folder, 'inventory.db');
    const packed = await readFile(join(RELEASES, release, 'inventory.db.gz'));
    await writeFile(path, gunzipSync(packed));
    const database = openSqlite(path);
    await createMigrations({ database, folder: MIGRATIONS, service: 'inventory' }).up();
    database.close();
    await prepare(path);
    leaveRecords(path);
    const clock = () => new Date(Date.parse(recordedAt) + 60_000);
    shop = await openShop({ DATABASE_URL: `file:${path}` }, { clock, sweeps: false });
    shop.products.mood = 'down';
  });
  afterAll(async () => {
    await shop.close();
    await rm(folder, { recursive: true, force: true });
  });

  const send = ({ method, url, as, key, headers, body }: RecordedRequest): Promise<Answer> =>
    shop.ask(method, url, { as, key, headers, ...(body !== undefined && { body }) });
  const head = async (): Promise<number> =>
    (await shop.ask('GET', '/api/v1/stock-events?page[size]=1')).json.meta.page.head;

  /** The address alone says what a confirmation and a release do. */
  const numbered = requests.filter(
    ({ url, body }) => url.includes('?') || JSON.stringify(changed(body)) !== JSON.stringify(body),
  );

  async function replays(request: RecordedRequest): Promise<void> {
    const { name, answer } = request;
    const { status, headers, json } = await send(request);
    const { location = null, 'idempotency-replayed': isReplayed } = headers;
    const first = { name, status: answer.status, location: answer.location, isReplayed: 'true' };
    expect({ name, status, location, isReplayed }).toEqual(first);
    if (answer.body !== null)
      expect({ name, body: substanceOf(json) }).toMatchObject({ name, body: answer.body });
  }

  async function refusesAnother(request: RecordedRequest): Promise<void> {
    const another = {
      ...request,
      body: changed(request.body),
      url: request.url.replace(/(?<=quantity=).*/, '9'),
    };
    const { name } = request;
    const { status, codes } = await send(another);
    const refusal = { name, status: 422, codes: ['idempotency-key-reused'] };
    expect({ name, status, codes }).toEqual(refusal);
  }

  /** Does the same with each request, and expects that nothing is recorded. */
  async function each(
    some: readonly RecordedRequest[],
    act: (request: RecordedRequest) => Promise<void>,
  ): Promise<void> {
    const before = await head();
    for (const request of some) await act(request);
    expect(await head()).toBe(before);
  }

  describe('while Products is down', () => {
    test('gets each first answer again', () => each(requests, replays));
    test('refuses each key for another request', () => each(numbered, refusesAnother));
  });

  // Then Products need not be asked, and only the fold looks for records.
  describe('while all products are in the cache', () => {
    beforeAll(async () => {
      for (const id of [1, 2, 3, 4, 5, 6, 7]) shop.products.put(id);
      await shop.mend();
      for (const id of [1, 2, 3, 4, 5, 6, 7])
        if ((await shop.ask('GET', `/inventory/${id}`)).status !== 200)
          throw new Error('A product was not found');
    });

    test('gets each first answer again', () => each(requests, replays));
    test('refuses each key for another request', () => each(numbered, refusesAnother));
  });

  test('keeps the keys of other callers apart, and its audit clean', async () => {
    const request = requests.find(({ name }) => name === 'purchase');
    if (!request) throw new Error('A purchase was recorded');
    const other = await send({ ...request, as: 'other-buyer' });
    expect(other.status).toBe(201);
    expect(other.headers['idempotency-replayed']).toBeUndefined();
    const { json } = await shop.ask('GET', '/api/v1/audit');
    expect(json.data.attributes).toMatchObject({ clean: true, disagreements: [] });
  });
});
