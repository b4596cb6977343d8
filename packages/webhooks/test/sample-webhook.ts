import { cloudEvent } from '@anaquel/events';
import type { SecretSeal } from '../src/sealed-secret.ts';
import { createSecret } from '../src/signature.ts';
import type { Webhook } from '../src/webhook.ts';

const WEBHOOK_ID = '01890000-0000-7000-8000-000000000001';

export function eventAt(position: number, log = 'a') {
  return cloudEvent({
    id: `inventory/${position}/low`,
    source: `/inventory/logs/${log}`,
    type: 'stock.low',
    subject: '7',
    time: '2026-01-01T00:00:00.000Z',
    order: `${position}.2`,
    data: { reason: 'señal 📦' },
  });
}

interface Change extends Partial<Webhook> {
  readonly secret?: string;
  readonly previous?: string;
}

/** A webhook with these secrets. */
export function webhookWith(
  seal: SecretSeal,
  { secret = createSecret(), previous, ...change }: Change = {},
): Webhook {
  return {
    id: WEBHOOK_ID,
    url: 'https://partner.example/events',
    eventTypes: null,
    productIds: null,
    batch: 1,
    pausedReason: null,
    sealedSecret: seal.seal(secret, WEBHOOK_ID),
    sealedPreviousSecret: previous === undefined ? null : seal.seal(previous, WEBHOOK_ID),
    previousSecretUntil: null,
    version: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    creationKey: null,
    creationFingerprint: null,
    ...change,
  };
}
