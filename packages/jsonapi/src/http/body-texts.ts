import { normalLine, normalNote, normalText } from '../texts.ts';

const NORMALIZERS = { line: normalLine, note: normalNote, prose: normalText };

/**
 * What a schema says of the texts in a body: `x-text` is `line` for a name or the like, `note` for
 * a remark, `prose` for a text of any form.
 */
interface TextSchema {
  readonly 'x-text'?: keyof typeof NORMALIZERS;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, TextSchema>>;
  readonly items?: TextSchema;
}

type Normalize = (value: unknown) => unknown;

/**
 * Normalizes the texts of a body to their stored form, in place and before validation: the schema
 * then judges, and counts, what will be stored. A text that is too long for its schema stays as it
 * is.
 */
export function bodyTextNormalizer(schema: object): (body: unknown) => void {
  const normalize = normalizerOf(schema);
  return (body) => {
    normalize?.(body);
  };
}

/** Gives the value in its normal form; undefined where there are no such texts. */
function normalizerOf(schema: TextSchema): Normalize | undefined {
  const {
    'x-text': kind,
    maxLength = Number.POSITIVE_INFINITY,
    maxItems,
    properties,
    items,
  } = schema;
  if (kind) {
    const normal = NORMALIZERS[kind];
    return (value) =>
      typeof value === 'string' && mayFit(value, maxLength) ? normal(value) : value;
  }
  if (items) return normalizerOfList(items, maxItems);
  return properties && normalizerOfObject(properties);
}

/** No code point takes more than four code units before it is composed, white space aside. */
function mayFit(value: string, maxLength: number): boolean {
  return value.length <= 4 * maxLength || value.trim().length <= 4 * maxLength;
}

function normalizerOfList(
  items: TextSchema,
  maxItems = Number.POSITIVE_INFINITY,
): Normalize | undefined {
  const normalize = normalizerOf(items);
  if (!normalize) return undefined;
  return (value) => {
    if (Array.isArray(value) && value.length <= maxItems)
      for (const [index, item] of value.entries()) value[index] = normalize(item);
    return value;
  };
}

function normalizerOfObject(
  properties: Readonly<Record<string, TextSchema>>,
): Normalize | undefined {
  const members = Object.entries(properties).flatMap(([name, schema]) => {
    const normalize = normalizerOf(schema);
    return normalize ? [[name, normalize] as const] : [];
  });
  if (members.length === 0) return undefined;
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const object = value as Record<string, unknown>;
    for (const [name, normalize] of members)
      if (Object.hasOwn(object, name)) object[name] = normalize(object[name]);
    return value;
  };
}
