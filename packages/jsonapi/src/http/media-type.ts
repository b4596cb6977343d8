/** https://jsonapi.org/format/1.1/#content-negotiation */
export const MEDIA_TYPE = 'application/vnd.api+json';

interface MediaRange {
  /** `type/subtype` in lower case. */
  name: string;
  /** Names in lower case, values unquoted; `q` is kept apart. */
  parameters: ReadonlyMap<string, string>;
  weight: number;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const NAME = new RegExp(`^\\s*(${TOKEN}/${TOKEN})\\s*`);
const PARAMETER = new RegExp(`;\\s*(?:(${TOKEN})=(${TOKEN}|"(?:[^"\\\\]|\\\\.)*"))?\\s*`, 'y');

/**
 * One media type or range with its parameters, or undefined when it is not well formed.
 * https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1
 */
function parseMediaRange(text: string): MediaRange | undefined {
  const head = NAME.exec(text);
  if (head?.[1] === undefined) return undefined;
  const parameters = new Map<string, string>();
  let weight = 1;
  PARAMETER.lastIndex = head[0].length;
  while (PARAMETER.lastIndex < text.length) {
    const match = PARAMETER.exec(text);
    if (match === null) return undefined;
    const [, name, value] = match;
    if (name === undefined || value === undefined) continue;
    if (name.toLowerCase() === 'q') weight = Number(value);
    else parameters.set(name.toLowerCase(), unquote(value));
  }
  return { name: head[1].toLowerCase(), parameters, weight };
}

function unquote(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
}

/** Splits a list header at the commas outside quoted strings. */
function splitList(header: string): string[] {
  return header.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];
}

/**
 * The media type with an applied extension or profile.
 * https://jsonapi.org/format/1.1/#media-type-parameter-rules
 */
export function mediaTypeWith(parameter: 'ext' | 'profile', uri: string): string {
  return `${MEDIA_TYPE};${parameter}="${uri}"`;
}

const urisOf = (value: string | undefined): string[] => value?.split(/\s+/).filter(Boolean) ?? [];

/**
 * Why a JSON:API media type with these parameters cannot be served, or undefined when it can. Any
 * profile is fine: unknown ones are ignored.
 */
function parameterRefusal(range: MediaRange, extension: string | null): string | undefined {
  for (const name of range.parameters.keys()) {
    if (name !== 'profile' && name !== 'ext')
      return `the parameter "${name}" is not allowed on ${MEDIA_TYPE}; only "ext" and "profile" are`;
  }
  const uris = urisOf(range.parameters.get('ext'));
  const foreign = uris.find((uri) => uri !== extension);
  if (foreign !== undefined) return `the extension "${foreign}" is not supported here`;
  if (extension !== null && uris.length === 0) return `the extension "${extension}" is needed here`;
  return undefined;
}

/** Judges a header value once. The cache is bounded, so that odd values cannot fill the memory. */
function cachedVerdicts(judge: (value: string) => Verdict): (value: string) => Verdict {
  const verdicts = new Map<string, Verdict>();
  return (value) => {
    const cached = verdicts.get(value);
    if (cached !== undefined) return cached;
    const verdict = judge(value);
    if (value.length <= 256) {
      if (verdicts.size >= 256) verdicts.clear();
      verdicts.set(value, verdict);
    }
    return verdict;
  };
}

/** The meaning of a header: the profiles that it names, or a sentence that says what to send. */
export interface Verdict {
  readonly refusal?: string;
  readonly profiles: readonly string[];
}

const FINE: Verdict = { profiles: [] };

/**
 * The rules for addresses that speak plain JSON:API, or with one extension only.
 * https://jsonapi.org/format/1.1/#content-negotiation-servers
 */
export interface MediaTypeRules {
  /** The media type of the answers. */
  readonly mediaType: string;
  contentType(header: string | undefined): Verdict;
  /**
   * As the specification reads, a JSON:API range with foreign parameters only is a refusal even
   * beside a wildcard.
   */
  accept(header: string | undefined): Verdict;
}

export function mediaTypeRules(extension: string | null): MediaTypeRules {
  const mediaType = extension === null ? MEDIA_TYPE : mediaTypeWith('ext', extension);
  const refused = (refusal: string): Verdict => ({ refusal, profiles: [] });

  const judgeContentType = cachedVerdicts((value) => {
    const type = parseMediaRange(value);
    if (type === undefined)
      return refused(`send Content-Type ${mediaType}; "${value}" is not a media type.`);
    if (type.name !== MEDIA_TYPE)
      return refused(`send Content-Type ${mediaType} instead of ${type.name}.`);
    const refusal =
      type.weight === 1 ? parameterRefusal(type, extension) : 'the parameter "q" is not allowed';
    return refusal === undefined ? FINE : refused(`send Content-Type ${mediaType}: ${refusal}.`);
  });

  const judgeAccept = cachedVerdicts((value): Verdict => {
    const ranges = splitList(value)
      .map(parseMediaRange)
      .filter((range) => range !== undefined);
    const ours = ranges.filter((range) => range.name === MEDIA_TYPE);
    if (ours.length > 0) {
      const fine = ours.filter(
        (range) => range.weight > 0 && parameterRefusal(range, extension) === undefined,
      );
      if (fine.length > 0)
        return { profiles: fine.flatMap((range) => urisOf(range.parameters.get('profile'))) };
      return refused(`accept ${mediaType} without other parameters, extensions or q=0.`);
    }
    const wildcard =
      ranges.find((range) => range.name === 'application/*') ??
      ranges.find((range) => range.name === '*/*');
    if (wildcard !== undefined && wildcard.weight > 0) return FINE;
    return refused(`accept ${mediaType}; nothing else can be answered here.`);
  });

  return {
    mediaType,
    contentType(header) {
      if (header === mediaType) return FINE;
      if (header === undefined)
        return refused(
          `send Content-Type ${mediaType}; the request has a body without a Content-Type.`,
        );
      return judgeContentType(header);
    },
    accept(header) {
      if (header === undefined || header === '' || header === mediaType || header === '*/*')
        return FINE;
      return judgeAccept(header);
    },
  };
}
