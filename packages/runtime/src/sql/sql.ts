/** What a statement can be given. */
export type SqlValue = string | number | null;

/** A piece of SQL. Each `?` of its text stands for one of the values, in their order. */
export interface Sql {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

/** What can be inserted into a template. */
export type Insert = Sql | SqlValue | boolean;

/** The latest text of a template, and the texts that were inserted into it. */
interface TemplateText {
  readonly columns: string | undefined;
  readonly inserted: readonly string[];
  readonly text: string;
}

/**
 * Most templates have the same text each time. Making it anew, and finding its copy in a cache of
 * statements, would take longer than all the rest. There are as many templates as in the source.
 */
const templateTexts = new Map<TemplateStringsArray, TemplateText>();

/**
 * A piece of SQL, written as a template. Pieces that are inserted become part of the text, all else
 * one of its values: what comes from outside can't become SQL. Booleans are given as 1 and 0.
 *
 * @throws {TypeError} when the template itself holds a `?`.
 */
export function sql(template: TemplateStringsArray, ...inserts: readonly Insert[]): Sql {
  return fill(template, inserts);
}

/** {@link sql} for a query that selects these columns: the template is what follows them. */
export function selectSql(
  columns: Sql,
  template: TemplateStringsArray,
  inserts: readonly Insert[],
): Sql {
  return fill(template, inserts, columns);
}

function fill(template: TemplateStringsArray, inserts: readonly Insert[], columns?: Sql): Sql {
  const values: SqlValue[] = columns === undefined ? [] : [...columns.values];
  const latest = templateTexts.get(template);
  let isSame = latest !== undefined && latest.columns === columns?.text;
  let index = 0;
  for (const insert of inserts) {
    if (typeof insert === 'object' && insert !== null) {
      for (const value of insert.values) values.push(value);
    } else values.push(toSqlValue(insert));
    if (isSame && latest?.inserted[index] !== textOf(insert)) isSame = false;
    index += 1;
  }
  const text =
    isSame && latest !== undefined ? latest.text : writeText(template, inserts, columns?.text);
  return { text, values };
}

function toSqlValue(value: SqlValue | boolean): SqlValue {
  return typeof value === 'boolean' ? Number(value) : value;
}

function textOf(insert: Insert): string {
  return typeof insert === 'object' && insert !== null ? insert.text : '?';
}

function writeText(
  template: TemplateStringsArray,
  inserts: readonly Insert[],
  columns: string | undefined,
): string {
  if (template.some((piece) => piece.includes('?')))
    throw new TypeError(`Insert values instead of writing "?": ${template.join('…')}`);
  const inserted = inserts.map(textOf);
  const rest = String.raw({ raw: template }, ...inserted);
  const text = columns === undefined ? rest : `select ${columns} ${rest}`;
  templateTexts.set(template, { columns, inserted, text });
  return text;
}

/**
 * A statement that runs often: its text is made once, and each use only gives its values. `write`
 * gets a piece for each of them: `?1`, `?2`, …
 *
 * @throws {TypeError} when `write` inserts a value of its own.
 */
export function withParameters<Values extends readonly SqlValue[], Statement extends Sql = Sql>(
  write: (...parameters: { readonly [Index in keyof Values]: Sql }) => Statement,
): (...values: Values) => Statement {
  const parameters = Array.from({ length: write.length }, (_, index): Sql => {
    return { text: `?${index + 1}`, values: [] };
  });
  const statement = write(...(parameters as { readonly [Index in keyof Values]: Sql }));
  if (statement.values.length > 0)
    throw new TypeError(`Only parameters can be inserted: ${statement.text}`);
  return (...values) => ({ ...statement, values });
}

/**
 * A value to compare a column with. PostgreSQL takes a parameter for what the column holds, and
 * would refuse a fraction that is compared with a whole number.
 */
export function operand(value: SqlValue | boolean): Sql {
  return { text: placeOf(value), values: [toSqlValue(value)] };
}

function placeOf(value: SqlValue | boolean): string {
  const isOther = typeof value === 'number' && !Number.isSafeInteger(value);
  return isOther ? 'cast(? as double precision)' : '?';
}

/** Pieces with a text between each two. */
export function joinSql(
  pieces: readonly Sql[],
  between: ', ' | ' and ' | ' or ' | ' union ' | ' union all ' | ' intersect ' | ' ',
): Sql {
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
  const length = 2 ** Math.ceil(Math.log2(Math.max(values.length, 1)));
  const last = values.at(-1) ?? null;
  const repeats = Array.from({ length: length - values.length }, () => last);
  const all = [...values, ...repeats];
  return { text: `(${all.map(placeOf).join(', ')})`, values: all.map(toSqlValue) };
}
