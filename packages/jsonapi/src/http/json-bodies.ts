import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { unencapsulated } from './unencapsulated.ts';
import { JsonApiError, protocolProblem } from './problems.ts';

/** So many objects and lists may lie in each other. What works on bodies by recursion, such as validation, is safe within it. */
const MAX_DEPTH = 64;

/** Makes a scope read any content type, or none, as JSON. An empty body is undefined. For APIs whose clients are loose about types. */
export const looseJsonBodies = unencapsulated((scope: FastifyInstance): void => {
  parseBodiesAsJson(scope);
});

/** Replaces the scope's parsers by one that reads JSON in UTF-8, whatever the content type says. */
export function parseBodiesAsJson(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    '*',
    { parseAs: 'buffer' },
    (_request: FastifyRequest, body: Buffer, done) => {
      try {
        done(null, parseJson(body));
      } catch (error) {
        done(error as Error);
      }
    },
  );
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  if (!isUtf8(body)) throw invalidJson('The body must be JSON in UTF-8.');
  const text = body.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalidJson(`The body must be JSON; it cannot be read${place(text, error)}.`);
  }
  if (isTooDeep(body)) throw invalidJson(`The body must not nest deeper than ${MAX_DEPTH} levels.`);
  // A raw NUL is not valid JSON and raw UTF-8 holds no lone surrogate, so only an escape can bring one in.
  if (text.includes('\\u')) assertWellFormed(value);
  return value;
}

/** Counts the brackets outside strings of what is known to be JSON. */
function isTooDeep(json: Buffer): boolean {
  // Each level takes two brackets.
  if (json.length <= 2 * MAX_DEPTH) return false;
  let depth = 0;
  let inString = false;
  for (let index = 0; index < json.length; index += 1) {
    const byte = json[index];
    if (inString) {
      if (byte === BYTE.backslash) index += 1;
      else if (byte === BYTE.quote) inString = false;
    } else if (byte === BYTE.quote) {
      inString = true;
    } else if (byte === BYTE.openBrace || byte === BYTE.openBracket) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (byte === BYTE.closeBrace || byte === BYTE.closeBracket) {
      depth -= 1;
    }
  }
  return false;
}

const BYTE = {
  quote: 0x22,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;

function invalidJson(detail: string): JsonApiError {
  return new JsonApiError(protocolProblem('invalid-json', detail));
}

/** " at line 3, column 7": V8 tells the offset, and says nothing of it when the text just ends. */
function place(text: string, error: unknown): string {
  const offset = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  if (offset === undefined) return ' to its end';
  const before = text.slice(0, Number(offset)).split('\n');
  return ` at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

/** Walks without recursion, so that depth cannot exhaust the stack. */
function assertWellFormed(root: unknown): void {
  const rest: { value: unknown; pointer: string }[] = [{ value: root, pointer: '' }];
  for (let entry = rest.pop(); entry !== undefined; entry = rest.pop()) {
    const { value, pointer } = entry;
    if (typeof value === 'string') {
      if (!isCleanText(value)) throw unclean(pointer);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) {
        if (!isCleanText(name)) throw unclean(pointer);
        if (typeof member === 'string' || typeof member === 'object') {
          rest.push({
            value: member,
            pointer: `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
          });
        }
      }
    }
  }
}

function isCleanText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** Of a resource that is sent alone, or by one of several operations. */
const IN_ATTRIBUTES = /^(?:\/atomic:operations\/[0-9]+)?\/data\/attributes/;

function unclean(pointer: string): JsonApiError {
  const inAttributes = IN_ATTRIBUTES.test(pointer);
  return new JsonApiError(
    protocolProblem(
      inAttributes ? 'invalid-attribute' : 'invalid-document',
      'Text must not hold NUL characters or halves of surrogate pairs.',
      { source: { pointer } },
    ),
  );
}
