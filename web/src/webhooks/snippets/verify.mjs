import { createHmac, timingSafeEqual } from 'node:crypto';

// `body` is the request's body as it came, a Buffer that nothing has parsed.
export function isFromShop(secret, headers, body) {
  const id = headers['webhook-id'] ?? '';
  const timestamp = headers['webhook-timestamp'] ?? '';
  const ageSeconds = Math.abs(Date.now() / 1000 - Number(timestamp));
  if (!(ageSeconds <= 300)) return false;

  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const hash = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body);
  const expected = Buffer.from(`v1,${hash.digest('base64')}`);
  // While a new secret takes the place of an old one, there are two signatures.
  const signatures = (headers['webhook-signature'] ?? '').split(' ');
  return signatures
    .map((text) => Buffer.from(text))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
}
