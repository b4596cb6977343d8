/** What a statement can be given. */
export type SqlValue = string | number | null;

/** A piece of SQL. Each `?` of its text stands for one of the values, in their order. */
export interface Sql {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

type Insert = Sql | SqlValue | boolean;

/** The latest text of a template, and the texts that were inserted into it. */
interface TemplateText {
  readonly inserted: readonly string[];
  readonly text: string;
}

/**
 * Most templates have the same text each time, and one string that is known is found in a cache of
 * statements much faster than its copy.
 */
const templateTexts = new WeakMap<TemplateStringsArray, TemplateText>();

/**
 * A piece of SQL, written as a template. Pieces that are inserted become part of the text, all else
 * one of its values: what comes from outside can't become SQL. Booleans are given as 1 and 0.
 *
 * @throws {TypeError} when the template itself holds a `?`.
 */
export function sql(template: TemplateStringsArray, ...inserts: readonly Insert[]): Sql {
  const values: SqlValue[] = [];
  for (const insert of inserts) {
    if (isSql(insert)) values.push(...insert.values);
    else values.push(typeof insert === 'boolean' ? Number(insert) : insert);
  }
  return { text: textOf(template, inserts), values };
}

function isSql(insert: Insert | undefined): insert is Sql {
  return typeof insert === 'object' && insert !== null;
}

function insertedText(insert: Insert | undefined): string {
  return isSql(insert) ? insert.text : '?';
}

function textOf(template: TemplateStringsArray, inserts: readonly Insert[]): string {
  const latest = templateTexts.get(template);
  if (latest?.inserted.every((text, index) => text === insertedText(inserts[index])))
    return latest.text;
  if (template.some((piece) => piece.includes('?')))
    throw new TypeError(`Insert values instead of writing "?": ${template.join('…')}`);
  const inserted = inserts.map(insertedText);
  const text = String.raw({ raw: template }, ...inserted);
  templateTexts.set(template, { inserted, text });
  return text;
}

/** Pieces with a text between each two. */
export function joinSql(pieces: readonly Sql[], between: ', ' | ' and ' | ' '): Sql {
  return {
    text: pieces.map(({ text }) => text).join(between),
    values: pieces.flatMap(({ values }) => values),
  };
}

/** A condition that all of these make together; true when there are none. */
export function allOf(conditions: readonly Sql[]): Sql {
  return conditions.length === 0 ? sql`1 = 1` : joinSql(conditions, ' and ');
}

/**
 * The values of a list, in parentheses. Repeats fill it up to a power of two, so that lists of all
 * lengths make few texts.
 */
export function valueList(values: readonly (SqlValue | boolean)[]): Sql {
  const last = values.at(-1) ?? null;
  const length = 2 ** Math.ceil(Math.log2(Math.max(values.length, 1)));
  const repeats = Array.from({ length: length - values.length }, () => last);
  const pieces = [...values, ...repeats].map((value) => sql`${value}`);
  return sql`(${joinSql(pieces, ', ')})`;
}
