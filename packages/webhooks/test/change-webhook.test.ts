import { expect, test } from 'vitest';
import { changeWebhook, type WebhookInput } from '../src/change-webhook.ts';
import { createSecretSeal } from '../src/sealed-secret.ts';
import { webhookWith } from './sample-webhook.ts';

const webhook = webhookWith(createSecretSeal(Buffer.alloc(32)));
const elsewhere: WebhookInput = { url: 'https://elsewhere.example/' };

test.each([
  ['another address', elsewhere, null, null, ['mended']],
  ['the same address', { url: webhook.url, batch: 7 }, null, null, []],
  ['a new secret', {}, 'sealed', null, []],
  ['a new secret while it fails', {}, 'sealed', '2026-03-01T12:00:00.000Z', ['mended']],
] as const)(
  '%s forgets failures, or does not',
  (_title, input, sealedSecret, failingSince, types) => {
    const progress = { webhookId: webhook.id, cursor: 5, behind: false, replay: 0, failingSince };
    const change = changeWebhook({ webhook, progress }, input, {
      at: new Date(),
      sealedSecret,
      replayAfter: null,
    });
    expect(change?.progress.map(({ type }) => type)).toEqual(types);
  },
);
