/** Casts that make a type of any other, so that the compiler no longer sees what is wrong. */
const BLIND_CAST = /(?<=[\s)}\]])as\s+(?:never|any|unknown\s+as)\b/g;

/**
 * One sentence for every cast in a service's source that no type stands in the way of: `as never`,
 * `as any`, `as unknown as`. Comments and texts may name them.
 */
export function checkCasts({ path, text }: { path: string; text: string }): string[] {
  const code = text.replace(COMMENT_OR_TEXT, (match) => match.replace(/[^\n]/g, ' '));
  return [...code.matchAll(BLIND_CAST)].map(({ 0: cast, index }) => {
    const line = code.slice(0, index).split('\n').length;
    const words = cast.replace(/\s+/g, ' ');
    return `${path}:${line} has "${words}": declare the type where the value comes from, such as the schema of a body or the kind of a filter, and let it be inferred here; parse what is unknown.`;
  });
}

const COMMENT_OR_TEXT = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g;
