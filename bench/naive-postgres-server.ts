import { randomUUID } from 'node:crypto';
import { Pool, type PoolClient } from 'pg';
import { createPlainServer, listen, MEDIA_TYPE, newPurchase } from './plain-server.ts';

// The usual way to sell on PostgreSQL: each request has a transaction of its own, which locks the
// level. It writes the same rows; what it lacks is the sharing of commits. Positions come from a
// sequence, as they usually do: readers of such a log miss what is committed late.

const pool = new Pool({ connectionString: process.env.DATABASE_URL ?? '', max: 32 });

async function inTransaction<Result>(work: (client: PoolClient) => Promise<Result>) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

function sell(productId: number, quantity: number, key: string): Promise<object> {
  return inTransaction(async (client) => {
    const [id, at] = [randomUUID(), new Date().toISOString()];
    const level = await client.query<{ on_hand: string; sequence: string }>(
      'SELECT on_hand, sequence FROM levels WHERE product_id = $1 FOR UPDATE',
      [productId],
    );
    const known = await client.query(
      'SELECT 1 FROM idempotency_records WHERE scope = $1 AND key = $2',
      ['naive', key],
    );
    if (known.rowCount !== 0) throw new Error('Every key of the benchmark is new');
    const remaining = Number(level.rows[0]?.on_hand ?? 0) - quantity;
    if (remaining < 0) throw new Error('The benchmark has enough of everything');
    const sequence = Number(level.rows[0]?.sequence) + 1;
    await client.query(
      'UPDATE levels SET on_hand = $1, sequence = $2, version = version + 1, updated_at = $3 WHERE product_id = $4',
      [remaining, sequence, at, productId],
    );
    const inserted = await client.query<{ position: string }>(
      `INSERT INTO movements (position, product_id, location, sequence, kind, on_hand_delta, reserved_delta,
         on_hand_after, reserved_after, purchase_id, made_low, actor, at)
       VALUES (nextval('naive_positions'), $1, 'main', $2, 'sale', $3, 0, $4, 0, $5, 0, 'naive', $6) RETURNING position`,
      [productId, sequence, -quantity, remaining, id, at],
    );
    const position = Number(inserted.rows[0]?.position);
    const lines = [
      { productId, quantity, name: `Product ${productId}`, unitPrice: 150, available: remaining },
    ];
    await client.query(
      `INSERT INTO purchases (id, currency, currency_decimals, total, lines, owner, actor, at, number, first_position, last_position)
       VALUES ($1, 'USD', 2, 150, $2, 'naive', 'naive', $3, $4, $4, $4)`,
      [id, JSON.stringify(lines), at, position],
    );
    await client.query(
      `INSERT INTO idempotency_records (scope, key, fingerprint, outcome, at, base) VALUES ('naive', $1, $2, $3, $4, 0)`,
      [key, 'a fingerprint of the usual length, 43 characters', JSON.stringify({ id, lines }), at],
    );
    return { id, lines, at };
  });
}

await pool.query('CREATE SEQUENCE naive_positions START 1000000000');

interface Purchase {
  Body: { data: { attributes: { lines: { productId: string; quantity: number }[] } } };
}

const app = createPlainServer(process.env.API_KEY ?? '');
app.post<Purchase>(
  '/api/v1/purchases',
  { schema: { body: newPurchase } },
  async (request, reply) => {
    const [line] = request.body.data.attributes.lines;
    const key = String(request.headers['idempotency-key']);
    const attributes = await sell(Number(line?.productId), line?.quantity ?? 1, key);
    return reply
      .code(201)
      .type(MEDIA_TYPE)
      .send({ data: { type: 'purchases', id: 'x', attributes } });
  },
);
await listen(app);
