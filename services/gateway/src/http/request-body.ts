import type { Readable } from 'node:stream';
import { JsonApiError, protocolProblem } from '@anaquel/jsonapi';

interface Limits {
  /** In bytes. */
  readonly most: number;
  /**
   * Of a body that is longer so much is read and thrown away: who sends before it reads would not
   * hear why otherwise.
   */
  readonly mostRead: number;
  /** What the client says of the length; 0 when nothing. */
  readonly saysLength: number;
}

/**
 * Reads a body to its end: a slow client then holds no connection to a service.
 * @throws {JsonApiError} 413 when it is longer, 400 when it breaks off.
 */
export async function readBody(
  body: Readable,
  { most, mostRead, saysLength }: Limits,
): Promise<Buffer> {
  if (saysLength > mostRead) throw tooLarge(most);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // Destroying the body would destroy the connection, and nobody could be told.
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      bytes += (chunk as Buffer).length;
      if (bytes > mostRead) break;
      if (bytes <= most) chunks.push(chunk as Buffer);
    }
  } catch {
    throw new JsonApiError(
      protocolProblem('invalid-request', 'The body broke off. Send all of it.'),
    );
  }
  if (bytes > most) throw tooLarge(most);
  return Buffer.concat(chunks, bytes);
}

function tooLarge(most: number): JsonApiError {
  return new JsonApiError(
    protocolProblem('payload-too-large', `Send a body of at most ${most} bytes.`),
  );
}
