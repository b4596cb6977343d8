import { auditCalls } from './audit.ts';
import { createClient } from './client.ts';
import { gatewayCalls } from './gateway.ts';
import type { HttpOptions } from './http.ts';
import { levelSummaryCalls } from './level-summaries.ts';
import { levelCalls } from './levels.ts';
import { movementCalls } from './movements.ts';
import { productCalls } from './products.ts';
import { priceChangeCalls } from './price-changes.ts';
import { productPictureCalls } from './product-pictures.ts';
import { purchaseCalls } from './purchases.ts';
import { reservationCalls } from './reservations.ts';
import { salesSummaryCalls } from './sales-summaries.ts';
import { webhookDeliveryCalls } from './webhook-deliveries.ts';
import { webhookCalls } from './webhooks.ts';

export type Api = ReturnType<typeof createApi>;

/**
 * All that this app asks of the gateway. Every function answers a value or an error, and throws
 * only when its signal aborts.
 */
export function createApi(options: HttpOptions = {}) {
  const client = createClient(options);
  return {
    ...productCalls(client),
    ...productPictureCalls(client),
    ...priceChangeCalls(client),
    ...levelCalls(client),
    ...levelSummaryCalls(client),
    ...movementCalls(client),
    ...purchaseCalls(client),
    ...reservationCalls(client),
    ...salesSummaryCalls(client),
    ...webhookCalls(client),
    ...webhookDeliveryCalls(client),
    ...auditCalls(client),
    ...gatewayCalls(client),
  };
}
