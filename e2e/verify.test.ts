import { execFile } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyLedger } from '../tools/verify-ledger.ts';
import type { Verdict } from '../tools/verify-ledger.ts';
import { createCheckout } from './checkout.ts';
import { startServices } from './services.ts';
import type { Services } from './services.ts';

// npm run verify on a ledger that both services filled: first unchanged, then with rows changed by
// hand.

let checkout: ReturnType<typeof createCheckout>;
let shop: Services;
const folders: string[] = [];

beforeAll(async () => {
  checkout = createCheckout();
  shop = await startServices();
  await trade();
});

afterAll(async () => {
  await shop?.remove();
  checkout?.remove();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** An empty data folder, and the path of its ledger. */
function newFolder(): { folder: string; file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-verify-'));
  folders.push(folder);
  return { folder, file: join(folder, 'inventory.db') };
}

/**
 * Three products, and every kind of movement by canonical and classic routes, some simultaneous.
 */
async function trade(): Promise<void> {
  const plain = { 'content-type': 'application/json' };
  const jsonApi = { 'content-type': 'application/vnd.api+json' };
  for (const name of ['Mug', 'Lamp', 'Rug']) {
    await expectSuccess(
      shop.call('products', {
        method: 'POST',
        path: '/products',
        headers: plain,
        body: { name, price: 5 },
      }),
    );
  }
  for (const id of [1, 2, 3]) {
    await expectSuccess(
      shop.call('inventory', {
        method: 'PUT',
        path: `/inventory/${id}`,
        headers: plain,
        body: { quantity: 100 },
      }),
    );
  }
  const move = (attributes: object, key: string) =>
    shop.call('inventory', {
      method: 'POST',
      path: '/api/v1/stock-movements',
      headers: { ...jsonApi, 'idempotency-key': key },
      body: {
        data: {
          type: 'stock-movements',
          attributes,
          relationships: { product: { data: { type: 'products', id: '2' } } },
        },
      },
    });
  await expectSuccess(move({ kind: 'receipt', quantity: 20 }, 'receipt'));
  await expectSuccess(move({ kind: 'adjustment', quantity: -3, reason: 'Broken' }, 'adjustment'));
  const purchases = Array.from({ length: 30 }, (_, index) => {
    const lines = [
      { productId: '1', quantity: 1 + (index % 3) },
      { productId: '2', quantity: 1 },
    ];
    return shop.call('inventory', {
      method: 'POST',
      path: '/api/v1/purchases',
      headers: { ...jsonApi, 'idempotency-key': `purchase-${index}` },
      body: { data: { type: 'purchases', attributes: { lines } } },
    });
  });
  const classic = Array.from({ length: 10 }, () =>
    shop.call('inventory', {
      method: 'PATCH',
      path: '/inventory/3/purchase',
      headers: plain,
      body: { quantity: 1 },
    }),
  );
  await Promise.all([...purchases, ...classic].map(expectSuccess));
}

async function expectSuccess(call: ReturnType<Services['call']>): Promise<void> {
  const { status, text } = await call;
  expect(status, `answered ${text}`).toBeLessThan(300);
}

/** As a person calls it: the exit code, and the lines of stdout and stderr. */
function npmRunVerify(dataFolder: string): Promise<{ code: unknown; lines: string[] }> {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], DATA_DIR: dataFolder };
  const args = ['run', '--silent', 'verify'];
  return new Promise((resolve) => {
    execFile('npm', args, { cwd: checkout.folder, env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, lines: (stdout + stderr).trim().split('\n') }),
    );
  });
}

/** The same without a process. */
function verify(dataFolder: string): Promise<Verdict> {
  return verifyLedger({ kind: 'sqlite', path: join(dataFolder, 'inventory.db') });
}

test('says that every unit is explained while the service runs, and changes nothing', async () => {
  const verdict = await npmRunVerify(shop.dataFolder);
  // 3 counts, a receipt, an adjustment, 30 purchases of two lines and 10 of one.
  expect(verdict).toEqual({
    code: 0,
    lines: [
      'Checked up to position 75: 75 movements, 3 levels, 40 purchases.',
      'Every unit is explained.',
    ],
  });
  await expectSuccess(shop.call('inventory', { path: '/inventory/1' }));
});

describe('after changes by hand', () => {
  beforeAll(() => shop.stop('inventory'));

  function copyOfLedger() {
    const copy = newFolder();
    copyFileSync(join(shop.dataFolder, 'inventory.db'), copy.file);
    return copy;
  }

  function tamper(file: string, statements: readonly string[]): void {
    const database = new DatabaseSync(file);
    for (const statement of statements)
      expect([statement, database.prepare(statement).run().changes]).toEqual([statement, 1]);
    database.close();
  }

  test('the file of a stopped service can be copied and is still explained', async () => {
    // Everything is in one file: a clean stop leaves no write-ahead log behind.
    expect(readdirSync(shop.dataFolder).filter((name) => name.startsWith('inventory'))).toEqual([
      'inventory.db',
    ]);
    const { folder, file } = copyOfLedger();
    const before = readFileSync(file);
    expect((await verify(folder)).clean).toBe(true);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test('disagreements are listed, and the exit code is 1', async () => {
    const { folder, file } = copyOfLedger();
    tamper(file, ['UPDATE levels SET on_hand = on_hand + 1 WHERE product_id = 3']);
    expect(await npmRunVerify(folder)).toEqual({
      code: 1,
      lines: [
        'Checked up to position 75: 75 movements, 3 levels, 40 purchases.',
        'level-on-hand: product 3: expected 90, found 91',
        '1 disagreement.',
      ],
    });
  });

  test.each([
    [
      'a level that has a unit more',
      ['UPDATE levels SET on_hand = on_hand + 1 WHERE product_id = 3'],
      ['level-on-hand: product 3: expected 90, found 91'],
    ],
    [
      'a level that is reserved without a reservation',
      ['UPDATE levels SET reserved = 2 WHERE product_id = 3'],
      ['level-reserved: product 3: expected 0, found 2'],
    ],
    [
      'a level that is gone',
      ['DELETE FROM levels WHERE product_id = 3'],
      ['level-sequence: product 3: expected 11, found no level'],
    ],
    [
      'a level that nothing explains',
      [
        `INSERT INTO levels SELECT 99, location, 7, 0, NULL, 0, 1, updated_at FROM levels WHERE product_id = 3`,
      ],
      ['level-on-hand: product 99: expected 0, found 7'],
    ],
    [
      'a movement of another quantity',
      [`UPDATE movements SET on_hand_delta = 25 WHERE kind = 'receipt'`],
      ['on-hand-balance: product 2: expected 125 (position 4), found 120 (position 4)'],
    ],
    [
      'a movement of another quantity, its balance to match',
      [`UPDATE movements SET on_hand_delta = 25, on_hand_after = 125 WHERE kind = 'receipt'`],
      ['on-hand-balance: product 2: expected 122 (position 5), found 117 (position 5)'],
    ],
    [
      'a movement that reserves',
      [`UPDATE movements SET reserved_after = 1 WHERE kind = 'receipt'`],
      [
        'reserved-balance: product 2: expected 0 (position 4), found 1 (position 4)',
        'reserved-balance: product 2: expected 1 (position 5), found 0 (position 5)',
      ],
    ],
    [
      'a movement of another product',
      [`UPDATE movements SET product_id = 77 WHERE kind = 'adjustment'`],
      expect.arrayContaining([expect.stringMatching(/^sequence-gapless: product 77: /)]),
    ],
    [
      'a movement that is gone',
      [`DELETE FROM movements WHERE kind = 'adjustment'`],
      expect.arrayContaining([
        'position-gapless: product 1: expected 5, found 6',
        expect.stringMatching(/^sequence-gapless: product 2: expected 3 /),
        expect.stringMatching(/^on-hand-balance: product 2: /),
      ]),
    ],
    [
      'the last movement gone',
      ['DELETE FROM movements WHERE position = 75'],
      expect.arrayContaining([expect.stringMatching(/^level-sequence: product \d: /)]),
    ],
    [
      'a sequence that skips',
      ['UPDATE movements SET sequence = 500 WHERE product_id = 3 AND sequence = 11'],
      [
        expect.stringMatching(
          /^sequence-gapless: product 3: expected 11 \(position \d+\), found 500 \(position \d+\)$/,
        ),
        'level-sequence: product 3: expected 500, found 11',
      ],
    ],
    [
      "a level's sequence that skips",
      ['UPDATE levels SET sequence = 500 WHERE product_id = 3'],
      ['level-sequence: product 3: expected 11, found 500'],
    ],
    [
      'a purchase of more units than were taken',
      [
        `UPDATE purchases SET lines = json_set(lines, '$[0].quantity', 50), total = total + (50 - json_extract(lines, '$[0].quantity')) * 500
         WHERE id = (SELECT max(id) FROM purchases WHERE json_array_length(lines) = 2)`,
      ],
      [
        expect.stringMatching(
          /^purchase-units: product 1: expected [123] \(purchase [0-9a-f-]{36}\), found 50 /,
        ),
      ],
    ],
    [
      'a purchase of another total',
      [`UPDATE purchases SET total = total - 1 WHERE id = (SELECT min(id) FROM purchases)`],
      [
        expect.stringMatching(
          /^purchase-total: expected \d+ \(purchase [0-9a-f-]{36}\), found \d+ /,
        ),
      ],
    ],
    [
      'a sale that is called a receipt',
      [`UPDATE movements SET kind = 'receipt' WHERE kind = 'sale' AND position = 75`],
      [
        expect.stringMatching(
          /^movement-kind: product \d: expected what a receipt does \(position 75\), found on hand -\d/,
        ),
      ],
    ],
    [
      'a purchase whose lines cannot be read',
      [
        `UPDATE purchases SET lines = 'garbage' WHERE id = (SELECT purchase_id FROM movements WHERE position = 75)`,
      ],
      expect.arrayContaining([
        expect.stringMatching(
          /^purchase-units: product \d: expected \d \(purchase [0-9a-f-]{36}\), found 0/,
        ),
      ]),
    ],
    [
      'a purchase that is gone',
      [`DELETE FROM purchases WHERE id = (SELECT purchase_id FROM movements WHERE position = 75)`],
      expect.arrayContaining([
        expect.stringMatching(
          /^sale-without-purchase: product \d: expected a purchase \(position 75\), found none/,
        ),
      ]),
    ],
    [
      'a purchase that nothing was taken for',
      [
        `INSERT INTO purchases (id, reference, currency, currency_decimals, total, lines, owner, actor, at, first_position, last_position)
         SELECT 'forged', reference, currency, currency_decimals, total, lines, owner, actor, at, first_position, last_position
         FROM purchases LIMIT 1`,
      ],
      expect.arrayContaining([
        expect.stringMatching(/^purchase-units: product \d: expected 0 \(purchase forged\)/),
      ]),
    ],
  ])('%s is named', async (_, statements, disagreements) => {
    const { folder, file } = copyOfLedger();
    tamper(file, statements);
    const { clean, lines } = await verify(folder);
    expect(clean).toBe(false);
    expect(lines.slice(1, -1)).toEqual(disagreements);
    expect(lines.at(-1)).toMatch(new RegExp(`^${lines.length - 2} disagreements?\\.$`));
  });

  test('the first hundred disagreements are listed and the rest counted', async () => {
    const { folder, file } = copyOfLedger();
    const database = new DatabaseSync(file);
    const ids = Array.from(
      { length: 150 },
      (_, index) => `(${1000 + index}, 'main', 5, 0, NULL, 0, 1, '')`,
    );
    database.exec(`INSERT INTO levels VALUES ${ids.join()}`);
    database.close();
    const { lines } = await verify(folder);
    expect([lines.length, lines.slice(-2)]).toEqual([103, ['…and 50 more.', '150 disagreements.']]);
  });
});

describe('one clear line and exit code 1 for', () => {
  async function expectOneLine(folder: string, pattern: RegExp): Promise<void> {
    const verdict = await npmRunVerify(folder);
    expect(verdict).toEqual({ code: 1, lines: [expect.stringMatching(pattern)] });
  }

  test('a missing database, which is not created', async () => {
    const { folder } = newFolder();
    await expectOneLine(folder, /inventory\.db/);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a database that was never migrated', async () => {
    const { folder, file } = newFolder();
    new DatabaseSync(file).exec('CREATE TABLE other (id INTEGER)');
    await expectOneLine(folder, /npm run migrate -- up inventory/);
  });

  test('a file that is not a database', async () => {
    const { folder, file } = newFolder();
    writeFileSync(
      file,
      'Not a database, but long enough to look like something else.\n'.repeat(100),
    );
    await expectOneLine(folder, /inventory\.db/);
  });
});
