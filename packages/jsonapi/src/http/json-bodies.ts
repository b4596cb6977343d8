import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { unencapsulated } from './unencapsulated.ts';
import { MEDIA_TYPE } from './media-type.ts';
import { pointerOf } from './pointers.ts';
import { JsonApiError, protocolProblem } from './problems.ts';

/** Of a NUL or a surrogate, whether it stands for one or a backslash before it makes it text. */
const UNCLEAN_ESCAPE = /\\u(?:0000|d[89a-f])/i;

/**
 * So many objects and lists may lie in each other. What works on bodies by recursion, such as
 * validation, is safe within it.
 */
const MAX_DEPTH = 64;
/** A body of so many bytes can't be too deep: each level takes two brackets. */
const DEEPEST_BYTES = 2 * MAX_DEPTH;

/**
 * Makes an app read any content type, or none, as JSON. An empty body is undefined. For APIs whose
 * clients are loose about types.
 */
export const looseJsonBodies = unencapsulated((app: FastifyInstance): void => {
  parseBodiesAsJson(app);
});

/** Replaces the app's parsers by one that reads JSON in UTF-8, whatever the content type says. */
export function parseBodiesAsJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    // Fastify reads the content type of each request anew where no parser has its name.
    [MEDIA_TYPE, 'application/json', '*'],
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
    throw invalidJson(`The body must be JSON; it cannot be read${positionOf(text, error)}.`);
  }
  if (body.length > DEEPEST_BYTES && hasManyOpenings(body) && isTooDeep(body))
    throw invalidJson(`The body must not nest deeper than ${MAX_DEPTH} levels.`);
  // A raw NUL is not valid JSON and raw UTF-8 holds no lone surrogate, so only an escape can bring
  // one in.
  if (text.includes('\\u') && UNCLEAN_ESCAPE.test(text)) assertWellFormed(value);
  return value;
}

/** Counts the brackets outside strings. The text must be JSON. */
function isTooDeep(json: Uint8Array): boolean {
  let depth = 0;
  for (let index = 0; index < json.length; index += 1) {
    const byte = json[index];
    if (byte === BYTE.quote) {
      index = endOfString(json, index + 1);
    } else if (byte === BYTE.openBrace || byte === BYTE.openBracket) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (byte === BYTE.closeBrace || byte === BYTE.closeBracket) {
      depth -= 1;
    }
  }
  return false;
}

/** A loop of its own: it runs four times as fast as within the other one. */
function endOfString(json: Uint8Array, from: number): number {
  let index = from;
  while (index < json.length && json[index] !== BYTE.quote)
    index += json[index] === BYTE.backslash ? 2 : 1;
  return index;
}

/**
 * Whether there are enough brackets, inside strings or not, to be too deep: a quick first test of
 * long texts.
 */
function hasManyOpenings(json: Buffer): boolean {
  let count = 0;
  for (const opening of [BYTE.openBrace, BYTE.openBracket]) {
    let index = json.indexOf(opening);
    for (; index !== -1 && count <= MAX_DEPTH; index = json.indexOf(opening, index + 1)) count += 1;
  }
  return count > MAX_DEPTH;
}

const BYTE = {
  lineFeed: 0x0a,
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
function positionOf(text: string, error: unknown): string {
  const offset = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  if (offset === undefined) return ' to its end';
  const end = Number(offset);
  let line = 1;
  for (let index = 0; index < end; index += 1)
    if (text.charCodeAt(index) === BYTE.lineFeed) line += 1;
  const lineStart = end === 0 ? 0 : text.lastIndexOf('\n', end - 1) + 1;
  return ` at line ${line}, column ${end - lineStart + 1}`;
}

/** An object or list on the path to a value, from which its pointer follows. */
interface Place {
  readonly value: object;
  readonly name: string | number;
  readonly parent: Place | null;
}

/** Walks without recursion, so that depth cannot exhaust the stack. */
function assertWellFormed(root: unknown): void {
  const rest: Place[] = [];
  const look = (value: unknown, name: string | number, parent: Place | null): void => {
    if (typeof value === 'string') {
      if (!isCleanText(value)) throw unclean(pointerTo({ value: {}, name, parent }));
    } else if (typeof value === 'object' && value !== null) {
      rest.push({ value, name, parent });
    }
  };
  look(root, '', null);
  for (let place = rest.pop(); place !== undefined; place = rest.pop()) {
    if (Array.isArray(place.value)) {
      const items = place.value as readonly unknown[];
      for (let index = 0; index < items.length; index += 1) look(items[index], index, place);
    } else {
      const members = place.value as Readonly<Record<string, unknown>>;
      // A list of all names, or of pairs, would cost more than reading the body did.
      for (const name in members) {
        if (!isCleanText(name)) throw unclean(pointerTo(place));
        look(members[name], name, place);
      }
    }
  }
}

function pointerTo(place: Place): string {
  const names: (string | number)[] = [];
  for (let at = place; at.parent !== null; at = at.parent) names.push(at.name);
  return pointerOf(names.reverse());
}

function isCleanText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** Pointers into the attributes of a resource, sent alone or by one of several operations. */
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
