import fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { expect } from 'vitest';
import { serverOptions } from '../src/index.ts';

/** To refuse a body may take this many times the processor time of reading it as JSON. */
const MOST = 8;
const TURNS = { least: 3, most: 5, enoughMicroseconds: 10_000 };
const ATTEMPTS = 12;
/** The most characters of an answer that refuses a body, whatever the body is. */
const LONGEST_ANSWER = 20_000;

/** Bytes of bodies that are validated fast, and of bodies that are validated slowly. */
const LARGE = 400_000;
const WIDE = 120_000;

/** How the tested members are put into a route's body. */
export interface BodyShape {
  /**
   * The text of a whole document with these members in `attributes`, or in the corresponding
   * object.
   */
  document(members: string): string;
  /** The names of a list member and of a text member. */
  readonly list: string;
  readonly text: string;
}

/** Bodies that a route must refuse; each is costly to validate in another way. */
export function hostileBodies({ document, list, text }: BodyShape): Record<string, string> {
  const inList = (item: (index: number) => string, last = '') =>
    document(`"${list}":[${filled(item)}${last && `,${last}`}]`);
  const asText = (unit: string) =>
    document(`"${text}":"${unit.repeat(Math.floor(LARGE / Buffer.byteLength(unit)))}"`);
  const nul = String.raw`"\u0000"`;
  return {
    'a list of empty objects': inList(() => '{}'),
    'a list of nulls': inList(() => 'null'),
    'a list of texts': inList((index) => `"${index}"`),
    'a list of the same text': inList(() => '"a"'),
    'a list of lists': inList(() => '[]'),
    'a list of objects with an unknown member': inList((index) => `{"m${index}":1}`),
    'a list of objects, and a NUL at its end': inList(() => '{}', nul),
    'a list of texts, and a NUL at its end': inList(() => '""', nul),
    'a NUL, then a list of lists': document(`"a":${nul},"${list}":[${filled(() => '[[]]')}]`),
    'unknown attributes': document(filled((index) => `"m${index}":null`)),
    'unknown attributes that are like a known one': document(
      filled((index) => `"${text}${index}":0`),
    ),
    'unknown attributes with escaped names': document(
      filled((index) => String.raw`"\u0001\u0002/~${index}":0`),
    ),
    'ignored attributes, and one that is not': document(
      `${filled((index) => `"@${index}":0`)},"m":0`,
    ),
    'one name again and again': document(filled(() => `"${text}":{}`)),
    '__proto__ again and again': document(filled(() => '"__proto__":{"a":[]}')),
    'an unknown attribute with a long name': document(`"${'/'.repeat(LARGE)}":0`),
    'an unknown attribute with a long name that needs escapes': document(
      `"${String.raw`\u0001~`.repeat(LARGE / 8)}":0`,
    ),
    'a long text': asText('x'),
    'a long text of blanks': asText(' '),
    'a long text of brackets': asText('[{'),
    'a long text of backslashes': asText(String.raw`\\`),
    'a long text of quotes': asText(String.raw`\"`),
    'a long text with accents': asText('é'),
    'a long text of emoji': asText('😀'),
    'a long text of marks': asText('\u0301'),
    'a long text of escapes': asText(String.raw`\u0041`),
    'a long text of escaped pairs': asText(String.raw`\ud83d\ude00`),
    'a long text of escapes of NUL that are none': asText(String.raw`\\u0000`),
    'a long text with a NUL at its end': asText('x').replace(/"(?=[^"]*$)/, String.raw`\u0000"`),
    'a number with many digits': document(`"${text}":${'9'.repeat(LARGE)}`),
    'a number with many decimals': document(`"${text}":0.${'3'.repeat(LARGE)}`),
    'many numbers': document(`"${list}":[${filled((index) => `-${index}.5e-7`)}]`),
    'lists in lists': '['.repeat(WIDE) + ']'.repeat(WIDE),
    'objects in objects': `${'{"a":'.repeat(WIDE / 6)}1${'}'.repeat(WIDE / 6)}`,
    'lists in lists that never end': '['.repeat(WIDE),
    'many branches as deep as may be': document(
      `"${list}":[${filled(() => `${'['.repeat(50)}${']'.repeat(50)}`)}]`,
    ),
    'what is no JSON at its end': `[${filled(() => '[]')},]`,
    'white space': `${' '.repeat(LARGE)}x`,
    'line ends': `{${'\n'.repeat(LARGE)}x`,
    'unknown members beside "data"': `{${filled((index) => `"m${index}":{}`)}}`,
    'a list in place of the document': `[${filled(() => '{"data":{}}')}]`,
    'a list in place of the resource': `{"data":[${filled(() => '{"type":"a"}')}]}`,
    'a long type': `{"data":{"type":"${'t'.repeat(LARGE)}","attributes":{}}}`,
  };
}

function filled(item: (index: number) => string): string {
  const items: string[] = [];
  let length = 0;
  for (let index = 0; length < WIDE; index += 1) {
    const next = item(index);
    items.push(next);
    length += next.length + 1;
  }
  return items.join(',');
}

/**
 * Sends a body that must be refused, and expects that refusing took at most 8 times the processor
 * time of decoding and parsing it, by medians of turns in this process. The cost of sending a body
 * to a server that does not read it is not counted. Other processes and the garbage collector still
 * add to processor time, so one attempt in twelve has to stay below.
 */
export async function expectCheapRefusal(
  app: FastifyInstance,
  request: InjectOptions,
  text: string,
): Promise<void> {
  const payload = Buffer.from(text);
  const bringing = await unreadingServer();
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && least > MOST; attempt += 1) {
    const turns = { reading: [] as number[], bringing: [] as number[], refusing: [] as number[] };
    for (let turn = 0; turn < TURNS.most; turn += 1) {
      if (turn >= TURNS.least && sum(turns.refusing) > TURNS.enoughMicroseconds) break;
      turns.reading.push(await processorTime(() => read(payload)));
      turns.bringing.push(await processorTime(() => bringing.inject({ ...request, payload })));
      turns.refusing.push(await processorTime(() => refuse(app, { ...request, payload })));
    }
    const cost = median(turns.refusing) - median(turns.bringing);
    least = Math.min(least, cost / median(turns.reading));
  }
  expect(least).toBeLessThanOrEqual(MOST);
}

async function refuse(app: FastifyInstance, request: InjectOptions): Promise<void> {
  const { statusCode, body } = await app.inject(request);
  expect([statusCode >= 400 && statusCode < 500, body.slice(0, 500)]).toEqual([
    true,
    body.slice(0, 500),
  ]);
  expect(body.length).toBeLessThan(LONGEST_ANSWER);
}

let unreading: FastifyInstance | undefined;

/** Accepts any body, and answers without reading it. */
async function unreadingServer(): Promise<FastifyInstance> {
  if (unreading) return unreading;
  unreading = fastify({ ...serverOptions(), logger: false });
  unreading.removeAllContentTypeParsers();
  unreading.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null));
  for (const method of ['POST', 'PUT', 'PATCH'] as const)
    unreading.route({
      method,
      url: '*',
      handler: async (_request, reply) => reply.code(204).send(),
    });
  await unreading.ready();
  return unreading;
}

/** Where memory is slow, the text of the bytes takes as long as its parsing. */
function read(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/** In microseconds, of all threads of this process. */
async function processorTime(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function median(values: number[]): number {
  return values.sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
