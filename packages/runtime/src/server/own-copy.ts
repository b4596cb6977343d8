/**
 * A text of its own, for what is kept longer than a request: V8 keeps a part of a text as a
 * reference to the whole, which may be a header of 16 KB.
 */
export function ownCopy(text: string): string {
  return Buffer.from(text).toString();
}
