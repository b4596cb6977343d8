/** Of all that are remembered of a type. */
const MAX_CHARACTERS = 1_000_000;

/**
 * The first texts are remembered until so many others were asked for. Where all of many resources
 * are asked for, to replace one text by another each time costs more than to write them.
 */
const MAX_OTHERS = 10_000;

/** Which resource a text shows, and all else that it depends on. */
export interface TextKey {
  readonly id: string;
  readonly model: string;
  readonly request: string;
}

/** The texts of resources of one type, as far as they were asked for. */
export interface RememberedTexts {
  find(key: TextKey): string | undefined;
  remember(key: TextKey, text: string): void;
}

interface TextOfModel {
  readonly model: string;
  readonly text: string;
}

export function createRememberedTexts(): RememberedTexts {
  /** By what they depend on of a request, and by id. */
  const texts = new Map<string, Map<string, TextOfModel>>();
  let characters = 0;
  let others = 0;

  /** The text of another state of the resource is of no use any more. */
  function forget({ id, request }: TextKey): void {
    const ofRequest = texts.get(request);
    characters -= ofRequest?.get(id)?.text.length ?? 0;
    ofRequest?.delete(id);
  }

  function forgetAll(): void {
    texts.clear();
    characters = 0;
    others = 0;
  }

  return {
    find({ id, model, request }) {
      const known = texts.get(request)?.get(id);
      return known?.model === model ? known.text : undefined;
    },
    remember(key, text) {
      const { id, model, request } = key;
      forget(key);
      if (characters + text.length > MAX_CHARACTERS) {
        others += 1;
        if (others < MAX_OTHERS) return;
        forgetAll();
      }
      const ofRequest = texts.get(request) ?? new Map<string, TextOfModel>();
      texts.set(request, ofRequest.set(id, { model, text }));
      characters += text.length;
    },
  };
}
