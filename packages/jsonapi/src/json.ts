/** An object of JSON, of which nothing else is known. */
export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether two values are the same JSON. For what JSON doesn't know, such as a date: no. */
export function isSameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (!isComposite(one) || !isComposite(other) || Array.isArray(one) !== Array.isArray(other))
    return false;
  let missing = 0;
  for (const name in one) {
    if (!(name in other) || !isSameJson(one[name], other[name])) return false;
    missing -= 1;
  }
  for (const _ in other) missing += 1;
  return missing === 0;
}

/** A plain object or an array. */
function isComposite(value: unknown): value is Json {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
