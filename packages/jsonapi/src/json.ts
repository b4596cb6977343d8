/** An object of JSON, of which nothing else is known. */
export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Whether two values are the same JSON. Two objects of a class, such as dates, never are. It takes
 * a fifth of the time of Node's `isDeepStrictEqual`, and a list compares each of its models.
 */
export function isSameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one)) return Array.isArray(other) && areSameItems(one, other);
  return isPlain(one) && isPlain(other) && areSameMembers(one, other);
}

function areSameItems(some: readonly unknown[], others: readonly unknown[]): boolean {
  if (some.length !== others.length) return false;
  for (let index = 0; index < some.length; index += 1)
    if (!isSameJson(some[index], others[index])) return false;
  return true;
}

function areSameMembers(one: Json, other: Json): boolean {
  let missing = 0;
  for (const name in one) {
    const [value, expected] = [other[name], one[name]];
    if (value !== expected && !isSameJson(value, expected)) return false;
    if ((value === undefined || name === '__proto__') && !Object.hasOwn(other, name)) return false;
    missing -= 1;
  }
  for (const _ in other) missing += 1;
  return missing === 0;
}

/** Neither an array nor of a class. */
function isPlain(value: unknown): value is Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
