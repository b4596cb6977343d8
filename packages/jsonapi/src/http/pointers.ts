/** Characters. A pointer ends before a longer name, so that answers stay small. */
const MAX_NAME = 200;

/** The way from a document to a value in it. */
export type Path = readonly (string | number)[];

/** The JSON pointer to a value. https://www.rfc-editor.org/rfc/rfc6901 */
export function pointerOf(path: Path): string {
  const tooLong = path.findIndex((step) => String(step).length > MAX_NAME);
  const steps = tooLong === -1 ? path : path.slice(0, tooLong);
  return steps
    .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
