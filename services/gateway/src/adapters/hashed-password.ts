import { hash, timingSafeEqual } from 'node:crypto';

/**
 * Compares digests, which have one length, so that the time it takes tells nothing of the password.
 * Keyboards and files write one letter in different ways, so that both are compared in Unicode's
 * form C: https://www.rfc-editor.org/rfc/rfc8265#section-4.2.1
 */
export function createPasswordCheck(password: string): (candidate: string) => boolean {
  const digestOf = (text: string): Buffer => hash('sha256', text.normalize('NFC'), 'buffer');
  const expected = digestOf(password);
  return (candidate) => timingSafeEqual(digestOf(candidate), expected);
}
