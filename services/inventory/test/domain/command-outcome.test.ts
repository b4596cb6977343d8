import { expect, test } from 'vitest';
import { outcomeOf, type SettledOutcome } from '../../src/domain/command-outcome.ts';

const outcome: SettledOutcome = {
  ok: true,
  result: { type: 'changes', changes: [] },
  position: 3,
  replayed: false,
};

test('an outcome belongs to commands that leave such a result; any other is a bug', () => {
  expect(outcomeOf('stock-list', outcome)).toBe(outcome);
  expect(() => outcomeOf('purchase', outcome)).toThrow('purchase');
});

test('a refusal may be that of any command', () => {
  const refusal: SettledOutcome = { ok: false, refusals: [{ type: 'overloaded' }] };
  expect(outcomeOf('purchase', refusal)).toBe(refusal);
});
