import { expect, test } from 'vitest';
import { createSealedSessions } from '../src/adapters/sealed-sessions.ts';

const secrets = { operatorKey: 'key', operatorPassword: 'password' };
const HOUR_MS = 3_600_000;

function at(startMs: number) {
  let nowMs = startMs;
  const clock = (): Date => new Date(nowMs);
  return { clock, pass: (ms: number) => void (nowMs += ms) };
}

test('a session is accepted by every replica with the same secrets, and by none with others', () => {
  const { clock } = at(1_000_000);
  const sealed = createSealedSessions(secrets, clock);
  const session = sealed.begin('operator');
  const cookie = sealed.seal(session);
  expect(createSealedSessions(secrets, clock).open(cookie)).toEqual(session);
  for (const other of [{ operatorKey: 'other' }, { operatorPassword: 'other' }])
    expect(createSealedSessions({ ...secrets, ...other }, clock).open(cookie)).toBeNull();
  const shifted = { operatorKey: 'keyp', operatorPassword: 'assword' };
  expect(createSealedSessions(shifted, clock).open(cookie)).toBeNull();
});

test('any change makes a session invalid', () => {
  const sealed = createSealedSessions(secrets, at(0).clock);
  const cookie = sealed.seal(sealed.begin('shopper'));
  const [id = '', role = '', expires = '', signature = ''] = cookie.split('.');
  const forged = [
    `${id}.operator.${expires}.${signature}`,
    `${id}.${role}.9${expires}.${signature}`,
    `${id.slice(1)}x.${role}.${expires}.${signature}`,
    `${id}.${role}.${expires}.`,
    `${id}.${role}.${expires}`,
    `${id}.${role}.${expires}.${signature.slice(0, -2)}`,
    `.${signature}`,
    signature,
    '',
    '.',
  ];
  expect(forged.filter((one) => sealed.open(one) !== null)).toEqual([]);
  expect(sealed.open(cookie)).not.toBeNull();
});

test("an operator's ends after 12 hours; a shopper's is prolonged in its second half", () => {
  const { clock, pass } = at(0);
  const sealed = createSealedSessions(secrets, clock);
  const operator = sealed.begin('operator');
  const shopper = sealed.begin('shopper');
  expect(operator.id).not.toBe(shopper.id);
  pass(12 * HOUR_MS - 1);
  expect(sealed.open(sealed.seal(operator))).toEqual(operator);
  expect(sealed.isDueForMore(operator)).toBe(false);
  expect(sealed.isDueForMore(shopper)).toBe(false);
  pass(1);
  expect(sealed.open(sealed.seal(operator))).toBeNull();
  pass(15 * 24 * HOUR_MS);
  expect(sealed.isDueForMore(shopper)).toBe(true);
  expect(sealed.prolong(shopper)).toEqual({
    ...shopper,
    expiresAtMs: clock().getTime() + 30 * 24 * HOUR_MS,
  });
});
