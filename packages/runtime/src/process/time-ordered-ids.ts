import { randomUUID } from 'node:crypto';

const LARGEST_COUNT = 0xfff;
/** A millisecond's first count is below it, so that there is room for as many more. */
const FIRST_COUNTS = 0x800;

/**
 * Makes ids, UUIDs of version 7, that sort in the order in which they were made, also when the
 * instants that they are made for do not go on, or even back. The 12 bits after the milliseconds
 * count: https://www.rfc-editor.org/rfc/rfc9562#section-6.2
 */
export function createTimeOrderedIds(): (at: Date) => string {
  let latestMs = 0;
  let time = '';
  let count = 0;

  function goTo(ms: number): void {
    latestMs = ms;
    const digits = ms.toString(16).padStart(12, '0');
    time = `${digits.slice(0, 8)}-${digits.slice(8)}-7`;
  }

  return (at) => {
    // Of version 4, from random bytes that Node keeps in store: all but its version is as in
    // version 7.
    const random = randomUUID();
    if (at.getTime() > latestMs) {
      goTo(at.getTime());
      count = Number.parseInt(random.slice(0, 3), 16) % FIRST_COUNTS;
    } else if (count < LARGEST_COUNT) {
      count += 1;
    } else {
      goTo(latestMs + 1);
      count = 0;
    }
    return `${time}${count.toString(16).padStart(3, '0')}-${random.slice(19)}`;
  };
}
