import { expect, test } from 'vitest';
import { createEndpointPace } from '../../src/delivery/sending/endpoint-pace.ts';
import { createRecipient, type Recipient } from '../../src/delivery/recipient.ts';
import { createTurns } from '../../src/delivery/sending/turns.ts';
import { createSecretSeal } from '../../src/sealed-secret.ts';
import { webhookWith } from '../sample-webhook.ts';

const seal = createSecretSeal(Buffer.alloc(32));

function recipientThat(isBrisk: boolean): Recipient {
  const webhook = webhookWith(seal);
  const progress = { webhookId: webhook.id, cursor: 0, behind: true, replay: 0 };
  const pace = createEndpointPace(() => 0.5, { failures: 0, dueMs: 0 });
  const known = { webhook, progress: { ...progress, failingSince: null } };
  return { ...createRecipient(known, { position: 0, pace }), isBrisk };
}

test('endpoints that fail or are slow have a turn while others always have something to send', () => {
  const turns = createTurns();
  const brisk = [recipientThat(true), recipientThat(true), recipientThat(true)];
  const failing = [recipientThat(false), recipientThat(false)];
  for (const recipient of [...brisk, ...failing]) turns.add(recipient);

  function takeNext(areAllWelcome: boolean): Recipient | null {
    const next = turns.take(areAllWelcome);
    if (next) turns.add(next);
    return next;
  }

  const taken = Array.from({ length: 12 }, () => takeNext(true));
  for (const recipient of brisk)
    expect(taken.filter((one) => one === recipient).length).toBeGreaterThanOrEqual(2);
  for (const recipient of failing)
    expect(taken.filter((one) => one === recipient).length).toBeGreaterThanOrEqual(2);
  const welcome = Array.from({ length: 12 }, () => takeNext(false));
  expect(welcome.every((one) => one !== null && brisk.includes(one))).toBe(true);
});
