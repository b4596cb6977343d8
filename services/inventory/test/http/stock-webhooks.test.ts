import { webhookApiContract, type WebhookApi } from '@anaquel/webhooks/api-contract';
import { webhookDeliveryContract } from '@anaquel/webhooks/delivery-contract';
import { movementBody, openShop, type KeyName } from '../support/shop.ts';

const KEYS = {
  master: 'master',
  reader: 'webhook-reader',
  writer: 'webhook-writer',
  anonymous: 'anonymous',
} as const satisfies Record<string, KeyName>;

const api: WebhookApi = {
  subject: 'stock',
  eventType: 'stock.received',
  async open(settings) {
    const shop = await openShop(settings);
    await shop.stock(1, 0);
    return {
      ask: (method, path, { as = 'master', ...options } = {}) =>
        shop.ask(method, path, { ...options, headers: { ...options.headers }, as: KEYS[as] }),
      async addEntry() {
        const body = movementBody(1, { kind: 'receipt', quantity: 1 });
        await shop.ask('POST', '/api/v1/stock-movements', { body });
      },
      close: shop.close,
    };
  },
};

webhookApiContract(api);
webhookDeliveryContract(api);
