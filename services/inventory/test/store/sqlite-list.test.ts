import { openSqlite, type SqlPart } from '@anaquel/runtime';
import type { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readMovementList } from '../../src/adapters/sqlite-movement-list.ts';
import { createStatements, type RunStatement } from '../../src/adapters/sqlite-statements.ts';
import { createLedgerFile, type LedgerFile } from '../support/ledger-file.ts';
import { by, where } from '../support/lists.ts';

// What a list costs, by the statements that it runs: any time would depend on the machine.

const MOVEMENTS = 20_000;

let file: LedgerFile;
let database: DatabaseSync;
let ran: SqlPart[];
let run: RunStatement;

beforeAll(async () => {
  file = await createLedgerFile();
  database = openSqlite(file.path);
  database.exec(`
    INSERT INTO movements (position, product_id, location, sequence, kind, on_hand_delta, reserved_delta,
        on_hand_after, reserved_after, purchase_id, reason, actor, at)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MOVEMENTS})
      SELECT i, i, 'main', 1, 'receipt', 1, 0, 1, 0, NULL, NULL, 'ana', '2026-01-01T00:00:00.000Z' FROM n`);
  const runStatement = createStatements(database);
  run = (statement) => {
    ran.push(statement);
    return runStatement(statement);
  };
});
afterAll(async () => {
  database.close();
  await file.remove();
});
beforeEach(() => {
  ran = [];
});

describe('a filtered list of movements from a cursor on', () => {
  test.each([
    { descending: false, cursor: 100.5 },
    { descending: true, cursor: MOVEMENTS - 100.5 },
  ])('is walked through once: %j', async ({ descending, cursor }) => {
    const page = { style: 'cursor', size: 10, after: [cursor, cursor], before: null } as const;
    const { items } = await readMovementList(run, {
      filters: [where('actor', 'eq', 'nobody')],
      sort: [by('position', descending)],
      page,
    });
    expect(items).toEqual([]);
    // SQLite seeks by the first bound that it is given: with the cursor's own, each slice would begin there.
    const fromCursor = ran.filter(({ values }) => values.includes(cursor));
    // Where the first slice ends and what is in it, ahead and, for whether there is a page before, behind.
    expect(fromCursor).toHaveLength(4);
    // Two for each slice: the walk ahead, the count of the whole list, and one behind.
    expect(ran.length).toBeLessThanOrEqual(2 * (2 * (MOVEMENTS / 1_000 + 1) + 1));
    for (const { text } of ran) expect(text).not.toMatch(/position = \? and position/);
  });
});
