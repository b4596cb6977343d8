/** Columns that a line of a comment may take: two files fit side by side on a laptop. */
const MOST_COLUMNS = 100;

/** A line that is a comment in one of our languages, or that ends in one. */
const COMMENT = /^\s*(?:\/\/|\/\*|\*|#|<!--)|\S\s+\/\/\s/;

/** An address can't be wrapped. */
const ONE_WORD = /^\s*(?:\/\/|\/?\*+|#)?\s*\S+(?:\s*\*\/)?$/;

/** One sentence for every line of a comment that is too long. */
export function checkComments({ path, text }: { path: string; text: string }): string[] {
  return text.split('\n').flatMap((line, index) => {
    const breach = line.length > MOST_COLUMNS && COMMENT.test(line) && !ONE_WORD.test(line);
    return breach
      ? [`${path}:${index + 1} has ${line.length} columns: wrap comments at ${MOST_COLUMNS}.`]
      : [];
  });
}
