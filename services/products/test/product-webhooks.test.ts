import { hash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { webhookApiContract, type WebhookApi } from '@anaquel/webhooks/api-contract';
import { expect, test } from 'vitest';
import { webhookDeliveryContract } from '@anaquel/webhooks/delivery-contract';
import { createProductPlace } from './product-place.ts';
import { MASTER_KEY, startTestService } from './test-service.ts';

const KEYS = {
  master: MASTER_KEY,
  reader: 'webhook-reader',
  writer: 'webhook-writer',
  anonymous: null,
} as const;

const SCOPES = {
  [KEYS.reader]: ['webhooks:read'],
  [KEYS.writer]: ['webhooks:read', 'webhooks:write'],
};

const api: WebhookApi = {
  subject: 'product',
  eventType: 'product.created',
  async open(settings) {
    const place = await createProductPlace();
    const keysFile = join(place.folder, 'keys.json');
    const keys = Object.entries(SCOPES).map(([name, scopes]) => {
      return { name, scopes, sha256: hash('sha256', name) };
    });
    writeFileSync(keysFile, JSON.stringify({ keys }));
    const service = await startTestService(place, { KEYS_FILE: keysFile, ...settings });
    return {
      async ask(method, path, { as = 'master', body, headers } = {}) {
        const answer = await service.call(method, path, {
          key: KEYS[as],
          ...(body !== undefined && { data: (body as { data: object }).data }),
          ...(headers && { headers }),
        });
        return { ...answer, json: answer.body };
      },
      addEntry: async () => void (await service.create({ name: 'Mug', price: 1 })),
      async close() {
        await service.close();
        await place.remove();
      },
    };
  },
};

webhookApiContract(api);
webhookDeliveryContract(api);

test('no log line has the secret of a webhook, or the key by which it is sealed', async () => {
  const place = await createProductPlace();
  const sealingKey = Buffer.alloc(32, 7).toString('base64');
  let log = '';
  const service = await startTestService(
    place,
    { WEBHOOKS_SECRET_KEY: sealingKey, WEBHOOKS_ALLOW_PRIVATE: 'true', LOG_LEVEL: 'trace' },
    { logStream: { write: (line: string) => void (log += line) } },
  );
  const attributes = { url: 'http://127.0.0.9:9/', status: 'paused' };
  const made = await service.call('POST', '/api/v1/product-webhooks', {
    data: { type: 'product-webhooks', attributes },
  });
  expect(made.status).toBe(201);
  await service.close();
  await place.remove();
  expect(log).toContain('/api/v1/product-webhooks');
  for (const secret of [made.body.data.attributes.secret, sealingKey])
    expect(log).not.toContain(secret);
});
