/** More than this is refused, so that a wrong file cannot stop the page. */
export const MAX_CSV_BYTES = 20_000_000;

/** What stands for bytes that are no text in their encoding. */
export const REPLACEMENT = '\uFFFD';

/**
 * Text of a file as spreadsheets save it: UTF-8, UTF-16 with its mark, or else what Windows calls
 * ANSI. A wrong byte among good UTF-8 spoils one character and not the whole: it becomes U+FFFD.
 */
export function decodeText(bytes: ArrayBuffer): string {
  const [first, second] = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  const text = new TextDecoder('utf-8').decode(bytes);
  if (!text.includes(REPLACEMENT)) return text;
  // In ANSI a letter such as é is alone, and so hardly ever the bytes of one in UTF-8.
  const wrongCount = text.split(REPLACEMENT).length - 1;
  const rightCount = text.match(/[^\0-\x7F\uFFFD]/gu)?.length ?? 0;
  return rightCount > 0 && rightCount * 4 >= wrongCount
    ? text
    : new TextDecoder('windows-1252').decode(bytes);
}
