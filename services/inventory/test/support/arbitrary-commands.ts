import fc from 'fast-check';
import type { Command, Step } from '../../src/domain/command.ts';
import {
  adjust,
  command,
  count,
  nextId,
  receive,
  sale,
  setThreshold,
  track,
  withKey,
} from './commands.ts';

// Few products, few keys and small numbers, so that commands get in each other's way.

function sometimes<Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> {
  return fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

const productId = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 3 }) },
  fc.constant(4),
);
const units = fc.oneof(
  { weight: 30, arbitrary: fc.integer({ min: 1, max: 6 }) },
  { weight: 1, arbitrary: fc.constantFrom(999_999_995, 1_000_000_000) },
);
const counted = fc.oneof(
  { weight: 30, arbitrary: fc.integer({ min: 0, max: 30 }) },
  { weight: 1, arbitrary: fc.constantFrom(999_999_999, 1_000_000_000, 1_000_000_001) },
);
const threshold = fc.option(fc.integer({ min: 0, max: 5 }));
const versions = sometimes(fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 6 }));

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(productId, counted, threshold).map(([id, n, low]) => track(id, n, low)),
  {
    weight: 2,
    arbitrary: fc
      .record({
        id: productId,
        n: counted,
        startTracking: fc.boolean(),
        expectedVersions: versions,
      })
      .map(({ id, n, ...more }) => count(id, n, more)),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(productId, threshold, versions)
      .map(([id, low, seen]) => setThreshold(id, low, seen)),
  },
  { weight: 4, arbitrary: fc.tuple(productId, units).map(([id, n]) => receive(id, n)) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(productId, units, fc.boolean())
      .map(([id, n, up]) => adjust(id, up ? n : -n)),
  },
);

const purchase = fc.array(fc.record({ productId, quantity: units }), {
  minLength: 1,
  maxLength: 4,
});

const asked: fc.Arbitrary<() => Command> = fc.oneof(
  { weight: 4, arbitrary: step.map((one) => () => command([one])) },
  {
    weight: 2,
    arbitrary: fc.array(step, { minLength: 2, maxLength: 3 }).map((steps) => () => command(steps)),
  },
  { weight: 5, arbitrary: purchase.map((lines) => () => sale(lines)) },
);

const key = fc.option(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    scope: fc.constantFrom('till purchase', 'web purchase'),
  }),
  { freq: 2 },
);

/** Sequences in a shop that mostly has some stock to begin with; a command may be sent again, with the key it had if any. */
export function commandSequences(maxLength: number): fc.Arbitrary<readonly Command[]> {
  const drafts = fc.array(fc.record({ asked, key, again: sometimes(fc.nat({ max: 59 })) }), {
    maxLength,
    // Long ones mostly: the default favours lists of a handful.
    size: 'max',
  });
  const opening = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 3, size: 'max' });
  return fc.tuple(opening, drafts).map(([stock, list]) => {
    const commands = stock.map((onHand, index) => command([track(index + 1, onHand)]));
    for (const draft of list) {
      const earlier =
        draft.again === null ? undefined : commands[draft.again % Math.max(1, commands.length)];
      const made = draft.asked();
      if (earlier) commands.push({ ...earlier, id: nextId() });
      else commands.push(draft.key ? withKey(made, draft.key.key, draft.key.scope) : made);
    }
    return commands;
  });
}

export const batchSizes = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 10 });

/** Cuts a sequence into batches of these sizes, again and again from the first. */
export function cut<Item>(items: readonly Item[], sizes: readonly number[]): Item[][] {
  const batches: Item[][] = [];
  let start = 0;
  while (start < items.length) {
    const size = sizes[batches.length % sizes.length] ?? 1;
    batches.push(items.slice(start, start + size));
    start += size;
  }
  return batches;
}
