import { expect, test } from 'vitest';
import { createPasswordCheck } from '../src/adapters/hashed-password.ts';

test('a password is right in any encoding of its accents, and wrong without them', () => {
  for (const [password, typed] of [
    ['caf\u00e9-\u212b', 'cafe\u0301-\u00c5'],
    ['cafe\u0301-\u00c5', 'caf\u00e9-A\u030a'],
  ] as const) {
    const isRight = createPasswordCheck(password);
    expect([isRight(typed), isRight(password)]).toEqual([true, true]);
    expect([isRight('cafe-A'), isRight(`${password} `), isRight('')]).toEqual([
      false,
      false,
      false,
    ]);
  }
});
