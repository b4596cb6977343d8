/** As many statements as a service has, and lists of all their lengths. */
const MAX_KEPT = 1_024;

const kept = new Map<string, string>();

/**
 * The text of a piece of SQL with PostgreSQL's placeholders: each `?` becomes `$1`, `$2`, …, and
 * `?2` becomes `$2`. Our own SQL has no `?` but these. Texts are kept, the oldest out first.
 */
export function withDollars(text: string): string {
  const ready = kept.get(text);
  if (ready !== undefined) return ready;
  let place = 0;
  const translated = text.replaceAll(/\?(\d*)/g, (_, number: string) => {
    place += 1;
    return `$${number === '' ? place : number}`;
  });
  const [oldest] = kept.keys();
  if (kept.size >= MAX_KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(text, translated);
  return translated;
}
