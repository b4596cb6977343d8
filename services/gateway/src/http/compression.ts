import type { Readable, Transform } from 'node:stream';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import { addVary } from '@anaquel/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Less than this takes the network hardly longer than to compress it takes. */
const LEAST_BYTES = 2_048;
/**
 * The fastest of each: the better ones take twice the time and more, and save a twentieth. The
 * small window keeps Brotli from clearing megabytes for an answer of kilobytes.
 */
const BROTLI = {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 1,
    [constants.BROTLI_PARAM_LGWIN]: 18,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
  },
};
const GZIP = { level: 1 };

/** In the order in which they are preferred. */
const ENCODINGS: readonly { readonly name: string; readonly create: () => Transform }[] = [
  { name: 'br', create: () => createBrotliCompress(BROTLI) },
  { name: 'gzip', create: () => createGzip(GZIP) },
];

const TEXT = /^(?:application\/(?:[\w.-]+\+)?json|application\/javascript|text\/(?!event-stream))/;

/** What is sent instead of a body that breaks off while it can still be said. */
type Broken = () => Error;

/**
 * The body of an answer to a read, compressed where it is large and the client accepts that. One
 * with a strong entity tag stays as it is: the tag names these bytes, and goes back in an
 * `If-Match` (docs/decisions/0084-the-gateway-compresses-lists.md).
 */
export function compressed(
  body: Readable,
  request: FastifyRequest,
  reply: FastifyReply,
  broken: Broken,
): Readable {
  // A stream of unknown length may be one that lives.
  const length = Number(reply.getHeader('content-length') ?? 0);
  const encoder = encoderFor(request, reply, length);
  if (encoder === null) return body;
  body.once('error', () => {
    reply.removeHeader('content-encoding');
    encoder.destroy(broken());
  });
  encoder.once('close', () => body.destroy());
  return body.pipe(encoder);
}

/** The same for answers that the gateway makes itself. */
export function compressOwnAnswers(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return done(null, payload);
    const encoder = encoderFor(request, reply, payload.length);
    done(null, encoder === null ? payload : encoder.end(payload));
  });
}

/** Null where the answer stays as it is. Else its headers name the encoding. */
function encoderFor(
  { method, headers }: FastifyRequest,
  reply: FastifyReply,
  length: number,
): Transform | null {
  if (method !== 'GET' || reply.statusCode !== 200 || length < LEAST_BYTES) return null;
  if (reply.hasHeader('content-encoding') || !TEXT.test(String(reply.getHeader('content-type'))))
    return null;
  if (String(reply.getHeader('etag') ?? '').startsWith('"')) return null;
  addVary(reply, 'Accept-Encoding');
  const encoding = encodingFor(headers['accept-encoding']);
  if (encoding === undefined) return null;
  reply.header('content-encoding', encoding.name);
  reply.removeHeader('content-length');
  return encoding.create();
}

/**
 * The accepted one with the greatest weight.
 * https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3
 */
function encodingFor(header: string | string[] | undefined) {
  const weights = new Map<string, number>();
  for (const part of String(header ?? '').split(',')) {
    const [name = '', ...parameters] = part.toLowerCase().split(';');
    const [, weight = '1'] = /^\s*q=([\d.]+)\s*$/.exec(parameters[0] ?? '') ?? [];
    weights.set(name.trim(), Number(weight));
  }
  const weightOf = (name: string) => weights.get(name) ?? weights.get('*') ?? 0;
  return ENCODINGS.filter(({ name }) => weightOf(name) > 0).toSorted(
    (a, b) => weightOf(b.name) - weightOf(a.name),
  )[0];
}
