import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { createPlainServer, listen, MEDIA_TYPE, newPurchase } from './plain-server.ts';

// The usual way to sell: each request has a transaction of its own, at the same durability, in the
// thread that serves HTTP. It writes the same rows; what it lacks is the sharing of commits.

const database = new DatabaseSync(fileURLToPath(process.env.DATABASE_URL ?? ''));
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
const selectRecord = database.prepare(
  'SELECT outcome FROM idempotency_records WHERE scope = ? AND key = ?',
);
const selectLevel = database.prepare('SELECT on_hand, sequence FROM levels WHERE product_id = ?');
const updateLevel = database.prepare(
  'UPDATE levels SET on_hand = ?, sequence = ?, version = version + 1, updated_at = ? WHERE product_id = ?',
);
const insertMovement = database.prepare(
  `INSERT INTO movements (product_id, location, sequence, kind, on_hand_delta, reserved_delta, on_hand_after, reserved_after,
     purchase_id, reason, actor, at) VALUES (?, 'main', ?, 'sale', ?, 0, ?, 0, ?, NULL, 'naive', ?)`,
);
const insertPurchase = database.prepare(
  `INSERT INTO purchases (id, reference, currency, currency_decimals, total, lines, owner, actor, at, number, first_position, last_position)
     VALUES (?, NULL, 'USD', 2, 150, ?, 'naive', 'naive', ?, ?, ?, ?)`,
);
const insertRecord = database.prepare(
  'INSERT INTO idempotency_records (scope, key, fingerprint, outcome, at) VALUES (?, ?, ?, ?, ?)',
);

function sell(productId: number, quantity: number, key: string): object | null {
  const id = randomUUID();
  const at = new Date().toISOString();
  database.exec('BEGIN IMMEDIATE');
  if (selectRecord.get('naive', key)) throw new Error('Every key of the benchmark is new');
  const level = selectLevel.get(productId);
  const remaining = Number(level?.on_hand ?? 0) - quantity;
  if (remaining < 0) {
    database.exec('ROLLBACK');
    return null;
  }
  const sequence = Number(level?.sequence) + 1;
  updateLevel.run(remaining, sequence, at, productId);
  const { lastInsertRowid: position } = insertMovement.run(
    productId,
    sequence,
    -quantity,
    remaining,
    id,
    at,
  );
  const lines = [
    { productId, quantity, name: `Product ${productId}`, unitPrice: 150, available: remaining },
  ];
  insertPurchase.run(id, JSON.stringify(lines), at, position, position, position);
  insertRecord.run(
    'naive',
    key,
    'a fingerprint of the usual length, 43 characters',
    JSON.stringify({ id, lines }),
    at,
  );
  database.exec('COMMIT');
  return { id, lines, at };
}

interface Purchase {
  Body: { data: { attributes: { lines: { productId: string; quantity: number }[] } } };
}

const app = createPlainServer(process.env.API_KEY ?? '');
app.post<Purchase>('/api/v1/purchases', { schema: { body: newPurchase } }, (request, reply) => {
  const [line] = request.body.data.attributes.lines;
  const key = String(request.headers['idempotency-key']);
  const sold = line && sell(Number(line.productId), line.quantity, key);
  if (!sold)
    return reply
      .code(409)
      .type(MEDIA_TYPE)
      .send({ errors: [{ status: '409' }] });
  const data = { type: 'purchases', id: 'x', attributes: sold };
  return reply.code(201).type(MEDIA_TYPE).send({ data });
});
await listen(app);
