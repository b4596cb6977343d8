/**
 * The list of values that a parameter holds: a comma separates, `\,` is a comma of a value and `\\`
 * a backslash. Any other backslash stands for itself. It is read after percent-decoding, so that
 * `%2C` separates too: some clients encode every comma.
 *
 * @returns the values, at least one and at most `maxCount`; one more says that there are more.
 */
export function readValueList(text: string, maxCount: number): string[] {
  const values: string[] = [];
  let value = '';
  for (const [part] of text.matchAll(/\\[\\,]|,|\\|[^\\,]+/g)) {
    if (part !== ',') {
      value += part === '\\,' || part === '\\\\' ? part[1] : part;
      continue;
    }
    values.push(value);
    value = '';
    if (values.length > maxCount) return values;
  }
  return [...values, value];
}

/** For the documentation of a parameter. */
export const VALUE_LIST =
  'Comma-separated. In a value, `\\,` is a comma and `\\\\` a backslash; any other backslash stands for itself.';
