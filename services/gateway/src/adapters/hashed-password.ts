import { hash, timingSafeEqual } from 'node:crypto';

/** Compares digests, which have one length, so that the time it takes tells nothing of the password. */
export function createPasswordCheck(password: string): (candidate: string) => boolean {
  const digestOf = (text: string): Buffer => hash('sha256', text, 'buffer');
  const expected = digestOf(password);
  return (candidate) => timingSafeEqual(digestOf(candidate), expected);
}
