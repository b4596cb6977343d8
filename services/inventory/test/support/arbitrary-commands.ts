import fc from 'fast-check';
import type { Command } from '../../src/domain/command.ts';
import type { HoldLimits } from '../../src/domain/hold-limits.ts';
import type { StockStep } from '../../src/domain/stock-step.ts';
import {
  adjust,
  after,
  AT,
  command,
  confirm,
  count,
  expire,
  extend,
  giveBack,
  list,
  receive,
  release,
  reserve,
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

/** Of each type but returns, which need a purchase: see `returned`. */
const stepsByType: Readonly<
  Record<
    Exclude<StockStep['type'], 'return'>,
    readonly { weight: number; arbitrary: fc.Arbitrary<StockStep> }[]
  >
> = {
  track: [
    {
      weight: 1,
      arbitrary: fc.tuple(productId, counted, threshold).map(([id, n, low]) => track(id, n, low)),
    },
  ],
  update: [
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
        .map(([id, low, expectedVersions]) => setThreshold(id, low, expectedVersions)),
    },
    {
      weight: 1,
      arbitrary: fc
        .record({
          id: productId,
          n: counted,
          lowStockThreshold: threshold,
          startTracking: fc.boolean(),
          expectedVersions: versions,
        })
        .map(({ id, n, ...more }) => count(id, n, more)),
    },
  ],
  receive: [{ weight: 4, arbitrary: fc.tuple(productId, units).map(([id, n]) => receive(id, n)) }],
  adjust: [
    {
      weight: 3,
      arbitrary: fc
        .tuple(productId, units, fc.boolean())
        .map(([id, n, up]) => adjust(id, up ? n : -n)),
    },
  ],
};
const step = fc.oneof(...Object.values(stepsByType).flat());

const purchase = fc.array(fc.record({ productId, quantity: units }), {
  minLength: 1,
  maxLength: 3,
});

/** Makes a command that may refer to earlier ones, at the given time. */
type CommandMaker = (earlier: readonly Command[], at: string) => Command;

/** The id of one of them, mostly a late one; an unknown id if there are none. */
function pick(from: readonly Command[], back: number): string {
  return from.at(-1 - (back % Math.max(1, from.length)))?.id ?? 'none';
}

const isReservation = ({ type }: Command): boolean => type === 'reserve';
const mayBePurchase = (one: Command): boolean =>
  one.type === 'purchase' || (one.type === 'change-reservation' && one.change.type === 'confirm');

function linesOf(one: Command | undefined): readonly { readonly productId: number }[] {
  return one?.type === 'purchase' ? one.purchase.lines : [];
}

const seconds = fc.integer({ min: 1, max: 12 });

/**
 * Limits that a few reservations reach; minutes are fractions, because time advances in seconds.
 */
const holdLimits: fc.Arbitrary<HoldLimits | null> = fc.option(
  fc.record({
    maxUnits: fc.integer({ min: 1, max: 14 }),
    maxLines: fc.integer({ min: 1, max: 6 }),
    maxActive: fc.integer({ min: 1, max: 4 }),
    maxMinutes: fc.constantFrom(0.1, 0.15, 0.2, 1),
  }),
  { freq: 2 },
);
const back = fc.oneof({ weight: 4, arbitrary: fc.nat({ max: 2 }) }, fc.nat({ max: 20 }));

const onSlip: fc.Arbitrary<CommandMaker> = fc
  .tuple(
    fc.constantFrom(...(['confirm', 'confirm', 'release', 'extend', 'expire'] as const)),
    back,
    seconds,
    holdLimits,
  )
  .map(([type, n, more, most]) => (earlier, at) => {
    const id = pick(earlier.filter(isReservation), n);
    if (type === 'extend') return command([extend(id, after(more, at), most)], { at });
    const steps = { confirm, release, expire };
    return command([steps[type](id)], { at });
  });

/** Mostly a product of the purchase. */
const returned: fc.Arbitrary<CommandMaker> = fc
  .tuple(fc.array(fc.tuple(productId, units), { minLength: 1, maxLength: 2 }), back, fc.nat(5))
  .map(([lines, n, odd]) => (earlier, at) => {
    const id = pick(earlier.filter(mayBePurchase), n);
    const bought = linesOf(earlier.find((one) => one.id === id));
    const steps = lines.map(([product, quantity], index) => {
      const line = odd === 0 ? undefined : bought[index % Math.max(1, bought.length)];
      return giveBack(id, line?.productId ?? product, quantity);
    });
    return command(steps, { at });
  });

const smallProduct = fc.integer({ min: 1, max: 3 });
const few = fc.integer({ min: 1, max: 6 });
/** Steps that mostly succeed, so that many of them succeed together. */
const gentle: fc.Arbitrary<StockStep> = fc.oneof(
  fc.tuple(smallProduct, few).map(([id, n]) => receive(id, n)),
  fc.tuple(smallProduct, few, fc.boolean()).map(([id, n, up]) => adjust(id, up ? n : -n)),
  fc
    .tuple(smallProduct, fc.integer({ min: 5, max: 30 }))
    .map(([id, n]) => count(id, n, { startTracking: true })),
  fc.tuple(smallProduct, threshold).map(([id, low]) => setThreshold(id, low)),
);

/** A step of a command with results by step; a return is mostly of a product of the purchase. */
const listed: fc.Arbitrary<(earlier: readonly Command[]) => StockStep> = fc.oneof(
  { weight: 12, arbitrary: gentle.map((one) => () => one) },
  { weight: 1, arbitrary: step.map((one) => () => one) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(productId, units, back)
      .map(([product, quantity, n]) => (earlier: readonly Command[]) => {
        const id = pick(earlier.filter(mayBePurchase), n);
        const [line] = linesOf(earlier.find((one) => one.id === id));
        return giveBack(id, line?.productId ?? product, quantity);
      }),
  },
);

const manySteps: fc.Arbitrary<CommandMaker> = fc
  .array(listed, { minLength: 1, maxLength: 8 })
  .map((steps) => (earlier, at) => {
    const all = steps.map((one) => one(earlier));
    return list(all, { at });
  });

/** How long ago units were counted: sometimes too long, or later than now. */
const secondsAgo = fc.oneof(
  { weight: 12, arbitrary: fc.nat({ max: 12 }) },
  { weight: 1, arbitrary: fc.constantFrom(-6, -5, -1, 86_400, 86_401) },
);

/** Counts that were taken before, among other steps of a list. */
const countedBefore: fc.Arbitrary<CommandMaker> = fc
  .array(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.tuple(productId, counted, secondsAgo, fc.boolean()).map(
          ([id, n, ago, startTracking]) =>
            (at: string): StockStep =>
              count(id, n, { startTracking, countedAt: after(-ago, at) }),
        ),
      },
      { weight: 1, arbitrary: gentle.map((one) => () => one) },
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map(
    (steps) => (_, at) =>
      command(
        steps.map((one) => one(at)),
        { at },
      ),
  );

const maker: fc.Arbitrary<CommandMaker> = fc.oneof(
  { weight: 4, arbitrary: countedBefore },
  {
    weight: 4,
    arbitrary: fc.tuple(step, sometimes(productId)).map(
      ([one, inactiveId]): CommandMaker =>
        (_, at) =>
          command([one], { at, ...(inactiveId !== null && { notForSale: [inactiveId] }) }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.array(step, { minLength: 2, maxLength: 3 }), fc.uniqueArray(productId))
      .map(
        ([steps, notForSale]): CommandMaker =>
          (_, at) =>
            command(steps, { at, notForSale }),
      ),
  },
  {
    weight: 4,
    arbitrary: purchase.map(
      (lines): CommandMaker =>
        (_, at) =>
          sale(lines, { at }),
    ),
  },
  {
    weight: 5,
    arbitrary: fc.tuple(purchase, seconds, holdLimits, fc.constantFrom('till', 'web')).map(
      ([lines, long, most, owner]): CommandMaker =>
        (_, at) =>
          reserve(lines, long, { at, owner, holdLimits: most }),
    ),
  },
  { weight: 3, arbitrary: manySteps },
  { weight: 5, arbitrary: onSlip },
  { weight: 4, arbitrary: returned },
);

const key = fc.option(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    scope: fc.constantFrom('till purchase', 'web purchase'),
  }),
  { freq: 2 },
);

const shelf = fc.tuple(fc.integer({ min: 0, max: 60 }), threshold);

/** Seconds until the next command: reservations expire in between, often exactly then. */
const pause = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.nat({ max: 4 }) },
);

/**
 * Sequences of commands, mostly with some stock at first, while time advances. A command may be
 * repeated, with its key if it has one.
 */
export function commandSequences(maxLength: number): fc.Arbitrary<readonly Command[]> {
  const drafts = fc.array(
    fc.record({ asked: maker, key, pause, again: sometimes(fc.nat({ max: 59 })) }),
    {
      maxLength,
      // Mostly long lists: the default favours short ones.
      size: 'max',
    },
  );
  const opening = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.array(shelf, { minLength: 3, maxLength: 3 }),
    },
    fc.array(shelf, { maxLength: 3 }),
  );
  return fc.tuple(opening, drafts).map(([stock, requested]) => {
    const commands = stock.map(([onHand, low], index) => command([track(index + 1, onHand, low)]));
    const requests: ((at: string) => Command)[] = [];
    let at = AT;
    for (const draft of requested) {
      at = after(draft.pause, at);
      const earlier = [...commands];
      const first = draft.asked(earlier, at);
      const keyed = draft.key ? withKey(first, draft.key.key, draft.key.scope) : first;
      // A repeated command is the same request at another time.
      const request = (when: string): Command => {
        return { ...draft.asked(earlier, when), idempotency: keyed.idempotency };
      };
      const again = draft.again === null ? undefined : requests[draft.again % requests.length];
      if (!again) requests.push(request);
      commands.push(again ? again(at) : keyed);
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

/** All know which products are not for sale, and none sells or reserves one of these. */
export function withStatuses(
  commands: readonly Command[],
  notForSale: readonly number[],
): Command[] {
  const known = { forSale: 'others', notForSale } as const;
  return commands
    .filter((one) => !takenLines(one).some((line) => notForSale.includes(line.productId)))
    .map((one) => ({ ...one, sale: known }));
}

function takenLines(one: Command): readonly { readonly productId: number }[] {
  return one.type === 'reserve' ? one.reservation.lines : linesOf(one);
}
