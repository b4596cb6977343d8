/** What a statement can be given. */
export type SqlValue = string | number | null;

/** A piece of a statement: each `?` of its text stands for one of the values, in their order. */
export interface SqlPart {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

/**
 * A piece of SQL, written as a template. Parts that are put into it become part of the text, all
 * else one of its values: what comes from outside can't become SQL. SQLite has no booleans: they
 * are 1 and 0.
 */
export function sqlPart(
  texts: TemplateStringsArray,
  ...inserted: readonly (SqlPart | SqlValue | boolean)[]
): SqlPart {
  let text = texts[0] ?? '';
  const values: SqlValue[] = [];
  for (const [index, insert] of inserted.entries()) {
    if (typeof insert === 'object' && insert !== null) {
      text += insert.text;
      values.push(...insert.values);
    } else {
      text += '?';
      values.push(typeof insert === 'boolean' ? Number(insert) : insert);
    }
    text += texts[index + 1] ?? '';
  }
  return { text, values };
}

/** The parts with a text between each two. */
export function joinParts(parts: readonly SqlPart[], between: ', ' | ' and ' | ' '): SqlPart {
  return {
    text: parts.map(({ text }) => text).join(between),
    values: parts.flatMap(({ values }) => values),
  };
}

/** A condition that all of these make together; true when there are none. */
export function allOf(conditions: readonly SqlPart[]): SqlPart {
  return conditions.length === 0 ? sqlPart`1 = 1` : joinParts(conditions, ' and ');
}

/**
 * The values of a list, in parentheses. Repeats fill it up to a power of two, so that lists of all
 * lengths make few texts.
 */
export function valueList(values: readonly (SqlValue | boolean)[]): SqlPart {
  const last = values.at(-1) ?? null;
  const length = 2 ** Math.ceil(Math.log2(Math.max(values.length, 1)));
  const filled = [...values, ...Array.from({ length: length - values.length }, () => last)];
  return sqlPart`(${joinParts(
    filled.map((value) => sqlPart`${value}`),
    ', ',
  )})`;
}
