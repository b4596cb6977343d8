import type { Problem } from './errors.ts';

/** Something in an answer is not what it must be. Caught where answers are read. */
export class MalformedAnswer extends Error {
  override readonly name = 'MalformedAnswer';
}

type Json = Readonly<Record<string, unknown>>;

export interface ResourceObject {
  readonly type: string;
  readonly id: string;
  readonly attributes: Json;
  readonly relationships: Json;
}

export interface ListOf<Item> {
  readonly items: readonly Item[];
  /** How many there are on all pages; where counting ended early, at least so many. */
  readonly total: number;
  readonly totalIsCapped: boolean;
  /** The cursor after the last item, when the list was asked for by cursor and goes on. */
  readonly next: string | null;
  /** What else the document says of the whole list. */
  readonly meta: Json;
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function resourceIn(value: unknown): ResourceObject {
  if (!isJson(value) || typeof value['type'] !== 'string' || typeof value['id'] !== 'string')
    throw new MalformedAnswer('a resource without type and id');
  const { attributes, relationships } = value;
  return {
    type: value['type'],
    id: value['id'],
    attributes: isJson(attributes) ? attributes : {},
    relationships: isJson(relationships) ? relationships : {},
  };
}

/** The same resource, when it is of this type. */
export function resourceOf(type: string, resource: ResourceObject): ResourceObject {
  if (resource.type !== type) throw new MalformedAnswer(`${resource.type} instead of ${type}`);
  return resource;
}

export function dataIn(document: unknown): unknown {
  if (!isJson(document) || !('data' in document)) throw new MalformedAnswer('no data');
  return document['data'];
}

export function listIn<Item>(
  document: unknown,
  read: (resource: ResourceObject) => Item,
): ListOf<Item> {
  const data = dataIn(document);
  if (!Array.isArray(data)) throw new MalformedAnswer('a list that is none');
  const { meta, links } = document as Json;
  const page = isJson(meta) && isJson(meta['page']) ? meta['page'] : {};
  return {
    items: data.map((item) => read(resourceIn(item))),
    total: typeof page['total'] === 'number' ? page['total'] : data.length,
    totalIsCapped: page['totalIsCapped'] === true,
    next: isJson(links) ? cursorIn(links['next']) : null,
    meta: isJson(meta) ? meta : {},
  };
}

/** The resources of a type that came beside the data. */
export function includedIn(document: unknown, type: string): ResourceObject[] {
  const included = isJson(document) ? document['included'] : undefined;
  const resources = Array.isArray(included) ? included.map(resourceIn) : [];
  return resources.filter((one) => one.type === type);
}

/**
 * A link says where the next page is; only its cursor matters, as all addresses here are of this
 * origin.
 */
function cursorIn(link: unknown): string | null {
  const address = isJson(link) ? link['href'] : link;
  if (typeof address !== 'string') return null;
  return new URL(address, 'http://origin.invalid').searchParams.get('page[after]');
}

/** The id at the other end of a relationship to one. */
export function relatedId({ relationships }: ResourceObject, name: string): string | null {
  const relationship = relationships[name];
  if (!isJson(relationship) || !isJson(relationship['data'])) return null;
  const { id } = relationship['data'];
  return typeof id === 'string' ? id : null;
}

export function problemsIn(document: unknown): Problem[] {
  if (!isJson(document) || !Array.isArray(document['errors'])) return [];
  return document['errors'].filter(isJson).map((error) => {
    const { status, code, detail, title, source, meta } = error;
    const pointer = isJson(source) ? source['pointer'] : null;
    return {
      status: Number(status),
      code: typeof code === 'string' ? code : 'unknown',
      detail: [detail, title].find((text) => typeof text === 'string') ?? '',
      pointer: typeof pointer === 'string' ? pointer : null,
      meta: isJson(meta) ? meta : {},
    };
  });
}

/** A word of the services that this release does not know yet. It is shown as it is. */
export type UnknownValue = string & { readonly [unknownValue]: true };
declare const unknownValue: unique symbol;

export function isOneOf<Value extends string>(
  values: readonly Value[],
  value: unknown,
): value is Value {
  return values.some((one) => one === value);
}

/** Reads attributes and insists on their types. */
export function reader(attributes: Json) {
  const malformed = (name: string) => new MalformedAnswer(`the attribute ${name}`);
  return {
    text(name: string): string {
      const value = attributes[name];
      if (typeof value !== 'string') throw malformed(name);
      return value;
    },
    textOrNull(name: string): string | null {
      const value = attributes[name] ?? null;
      if (value !== null && typeof value !== 'string') throw malformed(name);
      return value;
    },
    number(name: string): number {
      const value = attributes[name];
      if (typeof value !== 'number') throw malformed(name);
      return value;
    },
    numberOrNull(name: string): number | null {
      const value = attributes[name] ?? null;
      if (value !== null && typeof value !== 'number') throw malformed(name);
      return value;
    },
    flag(name: string): boolean {
      return attributes[name] === true;
    },
    oneOf<Value extends string>(name: string, values: readonly Value[]): Value {
      const value = attributes[name];
      if (!isOneOf(values, value)) throw malformed(name);
      return value;
    },
    /** One of the values, or another that a later release has added to them. */
    openOneOf<Value extends string>(name: string, values: readonly Value[]): Value | UnknownValue {
      const value = attributes[name];
      if (isOneOf(values, value)) return value;
      if (typeof value !== 'string') throw malformed(name);
      return value as UnknownValue;
    },
    openOneOfOrNull<Value extends string>(
      name: string,
      values: readonly Value[],
    ): Value | UnknownValue | null {
      return (attributes[name] ?? null) === null ? null : this.openOneOf(name, values);
    },
    texts(name: string): string[] {
      const value = attributes[name];
      if (!Array.isArray(value)) throw malformed(name);
      return value.map(String);
    },
    textsOrNull(name: string): string[] | null {
      return (attributes[name] ?? null) === null ? null : this.texts(name);
    },
    objects(name: string): Json[] {
      const value = attributes[name];
      if (!Array.isArray(value) || !value.every(isJson)) throw malformed(name);
      return value;
    },
  };
}
