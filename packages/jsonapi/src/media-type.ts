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

/** One media type or range with its parameters, or undefined when it is not well formed. https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1 */
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

/** Why a JSON:API media type with these parameters cannot be served, or undefined when it can: no extension is supported, any profile is ignored. */
function parameterRefusal(range: MediaRange): string | undefined {
  for (const [name, value] of range.parameters) {
    if (name === 'profile') continue;
    if (name !== 'ext')
      return `the parameter "${name}" is not allowed on ${MEDIA_TYPE}; only "ext" and "profile" are`;
    if (value.trim() !== '') return `the extension "${value}" is not supported; none is`;
  }
  return undefined;
}

/** Header values that are seen again and again are judged once; bounded, so that odd values cannot fill the memory. */
function remembered(
  judge: (value: string) => string | undefined,
): (value: string) => string | undefined {
  const verdicts = new Map<string, string | undefined>();
  return (value) => {
    const known = verdicts.get(value);
    if (known !== undefined || verdicts.has(value)) return known;
    const verdict = judge(value);
    if (value.length <= 256) {
      if (verdicts.size >= 256) verdicts.clear();
      verdicts.set(value, verdict);
    }
    return verdict;
  };
}

const judgeContentType = remembered((value) => {
  const type = parseMediaRange(value);
  if (type === undefined) return `send Content-Type ${MEDIA_TYPE}; "${value}" is not a media type.`;
  if (type.name !== MEDIA_TYPE) return `send Content-Type ${MEDIA_TYPE} instead of ${type.name}.`;
  const refusal = type.weight === 1 ? parameterRefusal(type) : 'the parameter "q" is not allowed';
  return refusal === undefined ? undefined : `send Content-Type ${MEDIA_TYPE}: ${refusal}.`;
});

const judgeAccept = remembered((value) => {
  const ranges = splitList(value)
    .map(parseMediaRange)
    .filter((range) => range !== undefined);
  const ours = ranges.filter((range) => range.name === MEDIA_TYPE);
  if (ours.length > 0) {
    if (ours.some((range) => range.weight > 0 && parameterRefusal(range) === undefined))
      return undefined;
    return `accept ${MEDIA_TYPE} without foreign parameters, extensions or q=0.`;
  }
  const wildcard =
    ranges.find((range) => range.name === 'application/*') ??
    ranges.find((range) => range.name === '*/*');
  if (wildcard !== undefined && wildcard.weight > 0) return undefined;
  return `accept ${MEDIA_TYPE}; nothing else can be answered here.`;
});

/** Why a body of this type is refused (a sentence that says what to send), or undefined when it is a JSON:API body. */
export function contentTypeRefusal(contentType: string | undefined): string | undefined {
  if (contentType === MEDIA_TYPE) return undefined;
  if (contentType === undefined)
    return `send Content-Type ${MEDIA_TYPE}; the request has a body without a Content-Type.`;
  return judgeContentType(contentType);
}

/**
 * Why no acceptable answer exists, or undefined when a JSON:API document may be sent. As the specification reads, a JSON:API
 * range with foreign parameters only is a refusal even beside a wildcard.
 */
export function acceptRefusal(accept: string | undefined): string | undefined {
  if (accept === undefined || accept === '' || accept === MEDIA_TYPE || accept === '*/*')
    return undefined;
  return judgeAccept(accept);
}
