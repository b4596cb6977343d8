import { expect, expectTypeOf, test } from 'vitest';
import type { Submission } from '../../src/application/once.ts';
import type { RequestOutcome } from '../../src/application/request-outcome.ts';
import { assertNever } from '../../src/domain/assert-never.ts';
import type { Action, CommandHeader } from '../../src/domain/command.ts';
import type { MovementResult, PurchaseResult, ResultOf } from '../../src/domain/command-outcome.ts';
import type { MovementKind } from '../../src/domain/movement.ts';
import { reserve, sale } from '../support/commands.ts';

// `npm run check` fails where one of these compiles that should not.

test('the type of a command decides the type of its result', () => {
  expectTypeOf<ResultOf<'purchase'>>().toEqualTypeOf<PurchaseResult>();
  expectTypeOf<ResultOf<'record-movement'>>().toEqualTypeOf<MovementResult>();
  expectTypeOf<Submission<'purchase'>['submit']>().returns.resolves.toEqualTypeOf<
    RequestOutcome<PurchaseResult>
  >();
});

test('a command has the parts of its own type and no others', () => {
  type Purchase = CommandHeader & Extract<Action, { type: 'purchase' }>;
  const { purchase, type, ...header } = sale([{ productId: 1, quantity: 1 }]);
  const { reservation } = reserve([{ productId: 1, quantity: 1 }]);
  ({ ...header, type, purchase }) satisfies Purchase;
  // @ts-expect-error A purchase without its lines.
  ({ ...header, type }) satisfies Purchase;
  // @ts-expect-error A purchase that is a reservation as well.
  ({ ...header, type, purchase, reservation }) satisfies Purchase;
});

test('an operation submits commands of its own type only', () => {
  type Submitted = Parameters<Submission<'purchase'>['submit']>[0]['type'];
  expectTypeOf<Submitted>().toEqualTypeOf<'purchase'>();
  type Changed = Parameters<Submission<'release-reservation'>['submit']>[0]['type'];
  expectTypeOf<Changed>().toEqualTypeOf<'change-reservation'>();
});

test('a switch names the variant that it does not handle', () => {
  function signOf(kind: Extract<MovementKind, 'sale' | 'receipt'>): number {
    switch (kind) {
      case 'sale':
        return -1;
      default:
        // @ts-expect-error Argument of type '"receipt"' is not assignable to 'never'.
        return assertNever(kind);
    }
  }
  expect(() => signOf('receipt')).toThrow('receipt');
});
