import { Type } from 'typebox';
import type { TSchema } from 'typebox';

/** How one `filter[…]` parameter is read. */
export interface FilterKind<Value> {
  /** For the documentation. */
  readonly schema: TSchema;
  /** Completes "… must be". */
  readonly expects: string;
  /** The value, or undefined when the text is not one. */
  readonly read: (text: string) => Value | undefined;
}

export type FilterValue<Kind> = Kind extends FilterKind<infer Value> ? Value : never;

/** Free text of 1 to `maxLength` characters. */
export function text(maxLength: number): FilterKind<string> {
  return {
    schema: Type.String({ minLength: 1, maxLength }),
    expects: `text of 1 to ${maxLength} characters`,
    read: (value) => (value.length >= 1 && value.length <= maxLength ? value : undefined),
  };
}

export function oneOf<const Value extends string>(values: readonly Value[]): FilterKind<Value> {
  return {
    schema: Type.Unsafe<Value>({ type: 'string', enum: [...values] }),
    expects: `one of ${values.join(', ')}`,
    read: (value) => values.find((candidate) => candidate === value),
  };
}

export function boolean(): FilterKind<boolean> {
  return {
    schema: Type.Boolean(),
    expects: 'true or false',
    read: (value) => (value === 'true' ? true : value === 'false' ? false : undefined),
  };
}

export interface IntegerBounds {
  /** Default 1. */
  min?: number;
  /** Default 2⁵³ − 1. */
  max?: number;
}

/** One whole number, without sign padding or leading zeros. */
export function integer({
  min = 1,
  max = Number.MAX_SAFE_INTEGER,
}: IntegerBounds = {}): FilterKind<number> {
  return {
    schema: Type.Integer({ minimum: min, maximum: max }),
    expects: `a whole number from ${min} to ${max}`,
    read: (value) => readInteger(value, min, max),
  };
}

/** A comma-separated list of 1 to `maxCount` whole numbers; repeats are dropped, the order is kept. */
export function integers(bounds: IntegerBounds & { maxCount: number }): FilterKind<number[]> {
  const { min = 1, max = Number.MAX_SAFE_INTEGER, maxCount } = bounds;
  return {
    schema: Type.Unsafe<string>({
      type: 'string',
      pattern: '^-?[0-9]+(,-?[0-9]+)*$',
      description: 'Comma-separated, such as `1,2`.',
    }),
    expects: `a comma-separated list of at most ${maxCount} whole numbers from ${min} to ${max}`,
    read: (value) => {
      const parts = value.split(',', maxCount + 1);
      if (parts.length > maxCount) return undefined;
      const numbers = new Set<number>();
      for (const part of parts) {
        const number = readInteger(part, min, max);
        if (number === undefined) return undefined;
        numbers.add(number);
      }
      return [...numbers];
    },
  };
}

const CANONICAL_INTEGER = /^(?:0|-?[1-9][0-9]{0,15})$/;

export function readInteger(value: string, min: number, max: number): number | undefined {
  if (!CANONICAL_INTEGER.test(value)) return undefined;
  const number = Number(value);
  return number >= min && number <= max && Number.isSafeInteger(number) ? number : undefined;
}
