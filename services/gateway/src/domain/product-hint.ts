/** In bytes: a purchase of a few lines is shorter. */
const LOOKED_THROUGH = 4_096;
const IN_BODY = /"productId"\s*:\s*"?([0-9]{1,16})(?![0-9])/;
const IN_PATH = /^\/api\/v1\/[\w-]+\/([0-9]{1,16})(?=[/?]|$)/;

/**
 * What a request is probably about: the first `productId` near the start of its body, else the
 * number in its path. It is a guess by which requests for one product meet at one replica of a
 * service, where they share a batch. A wrong one costs time only, so nothing is parsed.
 */
export function productHint(url: string, body: Uint8Array | undefined): string | null {
  const start =
    body === undefined
      ? ''
      : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString(
          'latin1',
          0,
          LOOKED_THROUGH,
        );
  return IN_BODY.exec(start)?.[1] ?? IN_PATH.exec(url)?.[1] ?? null;
}
