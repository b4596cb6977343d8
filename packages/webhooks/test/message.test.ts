import { Webhook as Verifier } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { createMakeRequest } from '../src/message.ts';
import { createSecretSeal } from '../src/sealed-secret.ts';
import { createSecret } from '../src/signature.ts';
import { eventAt, webhookWith } from './sample-webhook.ts';

const seal = createSecretSeal(Buffer.alloc(32, 7));
const makeRequest = createMakeRequest(seal);

test('one event is sent alone, under a name that no other log has', () => {
  const request = makeRequest(webhookWith(seal), [eventAt(5)], new Date());
  expect(request.url).toBe('https://partner.example/events');
  expect(request.headers).toMatchObject({
    'content-type': 'application/cloudevents+json; charset=utf-8',
    'webhook-id': '/inventory/logs/a#inventory/5/low',
  });
  expect(JSON.parse(request.body)).toEqual(eventAt(5));
  const other = makeRequest(webhookWith(seal), [eventAt(5, 'b')], new Date());
  expect(other.headers['webhook-id']).not.toBe(request.headers['webhook-id']);
});

test('a batch is a list, named by its source, first order and last, even with one event', () => {
  const webhook = webhookWith(seal, { batch: 100 });
  const request = makeRequest(webhook, [eventAt(5), eventAt(9)], new Date());
  expect(request.headers).toMatchObject({
    'content-type': 'application/cloudevents-batch+json; charset=utf-8',
    'webhook-id': '/inventory/logs/a#5.2-9.2',
  });
  expect(JSON.parse(request.body)).toEqual([eventAt(5), eventAt(9)]);
  const one = makeRequest(webhook, [eventAt(5)], new Date());
  expect(one.headers['webhook-id']).toBe('/inventory/logs/a#5.2-5.2');
  expect(JSON.parse(one.body)).toEqual([eventAt(5)]);
  const other = makeRequest(webhook, [eventAt(5, 'b')], new Date());
  expect(other.headers['webhook-id']).not.toBe(one.headers['webhook-id']);
});

test.each([1, 100])(
  'what is signed verifies as Standard Webhooks say, in batches of %i',
  (batch) => {
    const secret = createSecret();
    const webhook = webhookWith(seal, { batch, secret });
    const { headers, body } = makeRequest(webhook, [eventAt(5)], new Date());
    expect(new Verifier(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Verifier(secret).verify(`${body} `, headers)).toThrow('signature');
    expect(() => new Verifier(createSecret()).verify(body, headers)).toThrow('signature');
    const other = { ...headers, 'webhook-id': 'other' };
    expect(() => new Verifier(secret).verify(body, other)).toThrow('signature');
  },
);

test('each attempt is signed with the time at which it is made, in seconds', () => {
  const at = new Date('2026-01-01T00:00:00.999Z');
  const { headers } = makeRequest(webhookWith(seal), [eventAt(5)], at);
  expect(headers['webhook-timestamp']).toBe('1767225600');
});

test('the secret before signs, too, until its time is over', () => {
  const [secret, previous] = [createSecret(), createSecret()];
  const at = new Date();
  const webhook = webhookWith(seal, {
    secret,
    previous,
    previousSecretUntil: new Date(at.getTime() + 1).toISOString(),
  });
  const { body, headers } = makeRequest(webhook, [eventAt(5)], at);
  expect(headers['webhook-signature']).toMatch(/^v1,\S{44} v1,\S{44}$/);
  for (const each of [secret, previous])
    expect(new Verifier(each).verify(body, headers)).toEqual(eventAt(5));
  const over = { ...webhook, previousSecretUntil: at.toISOString() };
  const after = makeRequest(over, [eventAt(5)], at);
  expect(after.headers['webhook-signature']).toMatch(/^v1,\S{44}$/);
  expect(new Verifier(secret).verify(after.body, after.headers)).toEqual(eventAt(5));
});

test('a secret before that was sealed by a lost key is left out: the new one signs alone', () => {
  const [secret, previous] = [createSecret(), createSecret()];
  const lost = createSecretSeal(Buffer.alloc(32, 8));
  const at = new Date();
  const webhook = webhookWith(seal, { secret, previousSecretUntil: inAnHour(at) });
  const rotated = { ...webhook, sealedPreviousSecret: lost.seal(previous, webhook.id) };
  const { body, headers } = makeRequest(rotated, [eventAt(5)], at);
  expect(headers['webhook-signature']).toMatch(/^v1,\S{44}$/);
  expect(new Verifier(secret).verify(body, headers)).toEqual(eventAt(5));
  const lostToo = { ...rotated, sealedSecret: lost.seal(secret, webhook.id) };
  expect(() => makeRequest(lostToo, [eventAt(5)], at)).toThrow('another WEBHOOKS_SECRET_KEY');
});

function inAnHour(at: Date): string {
  return new Date(at.getTime() + 3_600_000).toISOString();
}
