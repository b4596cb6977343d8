/** Between two keys of a scanner at most. Hands that type so fast for a while are none. */
const MOST_MS = 50;
/** Short enough for a shop's own codes, too long for keys that a hand presses together. */
const LEAST_CHARACTERS = 4;
const MOST_CHARACTERS = 200;

/** A key that was pressed. */
export interface PressedKey {
  readonly key: string;
  /** When it was pressed, whenever this page came to see it. */
  readonly atMs: number;
}

/** What a key belongs to. */
export type Burst =
  | { readonly kind: 'none' }
  /** The first of what may be a burst. */
  | { readonly kind: 'first' }
  /** It comes so soon after another one that it is probably of a scanner. */
  | { readonly kind: 'more' }
  /** It ends what a scanner has read. */
  | { readonly kind: 'code'; readonly code: string };

/**
 * Tells scanners that type as keyboards do from hands, by how fast keys follow each other up to
 * Enter. Keys without a character, such as Shift, say nothing.
 */
export function createBurstReader(): (pressed: PressedKey) => Burst {
  let text = '';
  let lastAtMs = 0;
  return ({ key, atMs }) => {
    if (key.length > 1 && key !== 'Enter') return { kind: 'none' };
    const isSoon = text !== '' && atMs - lastAtMs <= MOST_MS;
    lastAtMs = atMs;
    if (key === 'Enter') {
      const code = isSoon ? text : '';
      text = '';
      return code.length >= LEAST_CHARACTERS ? { kind: 'code', code } : { kind: 'none' };
    }
    text = isSoon ? (text + key).slice(0, MOST_CHARACTERS) : key;
    return { kind: isSoon ? 'more' : 'first' };
  };
}
