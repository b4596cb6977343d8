import { randomUUID } from 'node:crypto';
import { createBody, dataDocument, jsonApiRoutes } from '@anaquel/jsonapi';
import { createKeyring, createServer, runService } from '@anaquel/runtime';
import { openSqlite } from '@anaquel/runtime/sql';
import type { Static } from 'typebox';
import { purchaseAttributes } from './purchase-schema.ts';
import { API_KEY } from './shop.ts';

// The usual way to sell: each request has a transaction of its own, at the same durability, in the
// thread that serves HTTP. It writes the same rows and checks as much; what it lacks is the sharing
// of commits.

const newPurchase = createBody({ type: 'purchases', attributes: purchaseAttributes });

runService({
  name: 'naive',
  async start() {
    const database = openSqlite(process.env.DATABASE_FILE ?? '');
    const selectRecord = database.prepare(
      'SELECT outcome FROM idempotency_records WHERE scope = ? AND key = ?',
    );
    const selectLevel = database.prepare(
      'SELECT on_hand, sequence FROM levels WHERE product_id = ?',
    );
    const updateLevel = database.prepare(
      'UPDATE levels SET on_hand = ?, sequence = ?, version = version + 1, updated_at = ? WHERE product_id = ?',
    );
    const insertMovement = database.prepare(
      `INSERT INTO movements (product_id, location, sequence, kind, on_hand_delta, reserved_delta, on_hand_after, reserved_after,
         purchase_id, reason, actor, at) VALUES (?, 'main', ?, 'sale', ?, 0, ?, 0, ?, NULL, 'naive', ?)`,
    );
    const insertPurchase = database.prepare(
      `INSERT INTO purchases (id, reference, currency, currency_decimals, total, lines, owner, actor, at, first_position, last_position)
         VALUES (?, NULL, 'USD', 2, 150, ?, 'naive', 'naive', ?, ?, ?)`,
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
      const left = Number(level?.on_hand ?? 0) - quantity;
      if (left < 0) {
        database.exec('ROLLBACK');
        return null;
      }
      const sequence = Number(level?.sequence) + 1;
      updateLevel.run(left, sequence, at, productId);
      const { lastInsertRowid: position } = insertMovement.run(
        productId,
        sequence,
        -quantity,
        left,
        id,
        at,
      );
      const lines = [
        { productId, quantity, name: `Product ${productId}`, unitPrice: 150, available: left },
      ];
      insertPurchase.run(id, JSON.stringify(lines), at, position, position);
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

    const app = await createServer({
      name: 'naive',
      title: 'Naive',
      version: '0.0.0',
      description: 'One transaction a purchase.',
      logLevel: 'silent',
      corsOrigins: [],
      trustProxy: false,
      tags: [],
      keyring: createKeyring({
        master: { name: 'bench', key: API_KEY },
        scopes: ['purchases:write'],
        anonymousScopes: [],
      }),
      realm: 'bench',
      readiness: async () => ({ status: 'ok', checks: {} }),
    });
    await app.register(
      jsonApiRoutes((scope) => {
        scope.post<{ Body: Static<typeof newPurchase> }>(
          '/purchases',
          { config: { scope: 'purchases:write' }, schema: { body: newPurchase } },
          async (request, reply) => {
            const [line] = request.body.data.attributes.lines;
            const sold =
              line &&
              sell(
                Number(line.productId),
                line.quantity,
                String(request.headers['idempotency-key']),
              );
            if (!sold) return reply.code(409).send({});
            return reply
              .code(201)
              .send(dataDocument({ type: 'purchases', id: 'x', attributes: sold }));
          },
        );
      }),
      { prefix: '/api/v1' },
    );
    const address = await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
    return {
      address,
      async close() {
        await app.close();
        database.close();
      },
    };
  },
});
