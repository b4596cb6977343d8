import { cloudEvent } from '@anaquel/events';
import { Webhook as Verifier } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { createMessage, signMessage } from '../src/message.ts';
import { createSecretSeal } from '../src/sealed-secret.ts';
import { createSecret } from '../src/signature.ts';
import type { Webhook } from '../src/webhook.ts';

const seal = createSecretSeal(Buffer.alloc(32, 7));
const WEBHOOK_ID = '01890000-0000-7000-8000-000000000001';

function eventAt(position: number, log = 'a') {
  return cloudEvent({
    id: `inventory/${position}/low`,
    source: `/inventory/logs/${log}`,
    type: 'stock.low',
    subject: '7',
    time: '2026-01-01T00:00:00.000Z',
    order: `${position}.2`,
    data: { reason: 'señal' },
  });
}

function webhookWith(change: Partial<Webhook>): Webhook {
  return {
    id: WEBHOOK_ID,
    url: 'https://partner.example/events',
    eventTypes: null,
    productIds: null,
    batch: 1,
    pausedReason: null,
    sealedSecret: seal.seal(createSecret(), WEBHOOK_ID),
    sealedPreviousSecret: null,
    previousSecretUntil: null,
    version: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    ...change,
  };
}

test('one event is sent alone, under a name that no other log has', () => {
  const message = createMessage([eventAt(5)], 1);
  expect(message.contentType).toBe('application/cloudevents+json; charset=utf-8');
  expect(message.id).toBe('/inventory/logs/a#inventory/5/low');
  expect(JSON.parse(message.body)).toEqual(eventAt(5));
  expect(createMessage([eventAt(5, 'b')], 1).id).not.toBe(message.id);
});

test('a batch is a list, named by its first order and its last, even with one event', () => {
  const message = createMessage([eventAt(5), eventAt(9)], 100);
  expect(message.contentType).toBe('application/cloudevents-batch+json; charset=utf-8');
  expect(message.id).toBe('5.2-9.2');
  expect(JSON.parse(message.body)).toEqual([eventAt(5), eventAt(9)]);
  const one = createMessage([eventAt(5)], 100);
  expect(one).toMatchObject({ id: '5.2-5.2' });
  expect(JSON.parse(one.body)).toEqual([eventAt(5)]);
});

test.each([1, 100])(
  'what is signed verifies as Standard Webhooks say, in batches of %i',
  (batch) => {
    const secret = createSecret();
    const message = createMessage([eventAt(5)], batch);
    const webhook = webhookWith({ sealedSecret: seal.seal(secret, WEBHOOK_ID) });
    const { url, headers, body } = signMessage(message, webhook, { seal, now: new Date() });
    expect({ url, body }).toEqual({ url: webhook.url, body: message.body });
    expect(headers).toMatchObject({
      'content-type': message.contentType,
      'webhook-id': message.id,
    });
    expect(new Verifier(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Verifier(secret).verify(`${body} `, headers)).toThrow('signature');
    expect(() => new Verifier(createSecret()).verify(body, headers)).toThrow('signature');
    const other = { ...headers, 'webhook-id': 'other' };
    expect(() => new Verifier(secret).verify(body, other)).toThrow('signature');
  },
);

test('each attempt is signed with the time at which it is made, in seconds', () => {
  const now = new Date('2026-01-01T00:00:00.999Z');
  const { headers } = signMessage(createMessage([eventAt(5)], 1), webhookWith({}), { seal, now });
  expect(headers['webhook-timestamp']).toBe('1767225600');
});

test('the secret before signs, too, until its time is over', () => {
  const [secret, previous] = [createSecret(), createSecret()];
  const now = new Date();
  const webhook = webhookWith({
    sealedSecret: seal.seal(secret, WEBHOOK_ID),
    sealedPreviousSecret: seal.seal(previous, WEBHOOK_ID),
    previousSecretUntil: new Date(now.getTime() + 1).toISOString(),
  });
  const message = createMessage([eventAt(5)], 1);
  const { body, headers } = signMessage(message, webhook, { seal, now });
  expect(headers['webhook-signature']).toMatch(/^v1,\S{44} v1,\S{44}$/);
  for (const each of [secret, previous])
    expect(new Verifier(each).verify(body, headers)).toEqual(eventAt(5));
  const over = { ...webhook, previousSecretUntil: now.toISOString() };
  const after = signMessage(message, over, { seal, now });
  expect(after.headers['webhook-signature']).toMatch(/^v1,\S{44}$/);
  expect(new Verifier(secret).verify(body, { ...after.headers })).toEqual(eventAt(5));
});
