/** Of all that are remembered of a type. */
const MAX_CHARACTERS = 1_000_000;

/**
 * The first texts are remembered until so many others were asked for. Where all of many resources
 * are asked for, to replace one text by another each time costs more than to write them.
 */
const MAX_OTHERS = 10_000;

/** Which resource a text shows, and how. */
export interface TextKey {
  /** All of a request that the text depends on. */
  readonly variant: string;
  readonly id: string;
  /** No two texts of a resource have the same version and variant. */
  readonly version: number;
}

/** The texts of resources of one type, as far as they were asked for. */
export interface RememberedTexts {
  find(key: TextKey): string | undefined;
  remember(key: TextKey, text: string): void;
}

interface TextOfVersion {
  readonly version: number;
  readonly text: string;
}

export function createRememberedTexts(): RememberedTexts {
  const variants = new Map<string, Map<string, TextOfVersion>>();
  let characters = 0;
  let others = 0;

  /** Its text of another version is of no use any more. */
  function forget({ variant, id }: TextKey): void {
    const ofVariant = variants.get(variant);
    characters -= ofVariant?.get(id)?.text.length ?? 0;
    ofVariant?.delete(id);
  }

  function forgetAll(): void {
    variants.clear();
    characters = 0;
    others = 0;
  }

  return {
    find({ variant, id, version }) {
      const known = variants.get(variant)?.get(id);
      return known?.version === version ? known.text : undefined;
    },
    remember(key, text) {
      const { variant, id, version } = key;
      forget(key);
      if (characters + text.length > MAX_CHARACTERS) {
        others += 1;
        if (others < MAX_OTHERS) return;
        forgetAll();
      }
      const ofVariant = variants.get(variant) ?? new Map<string, TextOfVersion>();
      variants.set(variant, ofVariant.set(id, { version, text }));
      characters += text.length;
    },
  };
}
