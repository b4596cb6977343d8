import fc from 'fast-check';

/** A request in the parts that a mutation may change. */
export interface Parts {
  readonly method: string;
  /** Percent-encoded, as in the address. */
  readonly segments: readonly string[];
  /** Encoded names and values. */
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

type Mutation = (parts: Parts) => Parts;

const METHODS = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'];

function methods(): fc.Arbitrary<Mutation> {
  return fc.constantFrom(...METHODS).map((method) => (parts) => ({ ...parts, method }));
}

// ---------------------------------------------------------------- addresses

/** Odd text for an address: validly percent-encoded or not. */
const addressText = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '1',
    '2',
    '-1',
    '01',
    '1.5',
    '1e3',
    '999999',
    '9'.repeat(30),
    'a,b',
    ',',
  ),
  fc.constantFrom('%zz', '%', '%ff', '%00', '%2F', '%2e%2e', '%5B', '..', '+', '*', 'null', 'true'),
  fc.constantFrom('products', 'movements', 'relationships', 'purchase', 'product', 'purchases'),
  fc.constantFrom(
    'name',
    '-price',
    'onHand',
    'id',
    '2026-01-01T00:00:00Z',
    'toString',
    '__proto__',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map(encodeURIComponent),
  fc.string({ minLength: 300, maxLength: 400 }).map(encodeURIComponent),
);

function segments(): fc.Arbitrary<Mutation> {
  return fc
    .record({ at: fc.nat(), text: addressText, how: fc.nat(2) })
    .map(({ at, text, how }) => (parts) => ({
      ...parts,
      segments: changed(parts.segments, at, text, how),
    }));
}

const parameterName = fc.oneof(
  fc.constantFrom('page[size]', 'page[number]', 'page[after]', 'page[before]', 'sort', 'include'),
  fc.constantFrom('filter[price][gte]', 'filter[id]', 'filter[name][contains]', 'filter[search]'),
  fc.constantFrom('filter[createdAt][lt]', 'filter[sku][null]', 'filter[product]', 'filter[kind]'),
  fc.constantFrom(
    'fields[products]',
    'fields[inventories]',
    'fields',
    'filter',
    'page[',
    'foo',
    '',
  ),
  fc.constantFrom('__proto__', 'filter[__proto__]', 'constructor', 'fields[toString]', 'sort[a]'),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
);

function queries(): fc.Arbitrary<Mutation> {
  const parameter = fc.tuple(parameterName.map(encodeURIComponent), addressText);
  return fc
    .record({ at: fc.nat(), parameter, how: fc.nat(4) })
    .map(({ at, parameter: [name, value], how }) => (parts) => {
      const index = parts.query.length === 0 ? 0 : at % parts.query.length;
      const [oldName = name, oldValue = value] = parts.query[index] ?? [];
      // Another value, another name, or another parameter altogether.
      if (how === 3) return { ...parts, query: parts.query.toSpliced(index, 1, [oldName, value]) };
      if (how === 4) return { ...parts, query: parts.query.toSpliced(index, 1, [name, oldValue]) };
      return { ...parts, query: changed(parts.query, at, [name, value], how) };
    });
}

/**
 * The list with the item put at a place (0), in the place of another (1), or without that other
 * (2).
 */
function changed<Item>(list: readonly Item[], at: number, item: Item, how: number): Item[] {
  const index = list.length === 0 ? 0 : at % (list.length + Number(how === 0));
  return list.toSpliced(index, how === 0 ? 0 : 1, ...(how === 2 ? [] : [item]));
}

// ---------------------------------------------------------------- headers

const MT = 'application/vnd.api+json';
const HEADERS: Record<string, readonly string[]> = {
  accept: [MT, `${MT};ext="https://jsonapi.org/ext/atomic"`, `${MT};a=b`, 'text/html', ';', '*/*'],
  'content-type': [MT, `${MT};charset=utf-8`, `${MT};profile="x"`, 'application/json', ',', ''],
  'content-encoding': ['gzip', 'identity', ''],
  'if-match': ['*', '"1"', 'W/"1"', '"', '"0", "1"', ''],
  'if-none-match': ['*', '"1"', 'W/"1"', '"', ''],
  'idempotency-key': ['', 'a', 'a b', 'x'.repeat(300), 'one-key-for-many'],
  'x-api-key': ['', 'wrong', 'key-of-products', 'key-of-inventory'],
  'x-actor': ['', 'someone', 'ä'],
  'x-forwarded-host': ['elsewhere.test', '', 'a b'],
  range: ['bytes=0-1'],
  origin: ['http://elsewhere.test'],
};

function headers(): fc.Arbitrary<Mutation> {
  const standard = fc
    .constantFrom(...Object.keys(HEADERS))
    .chain((name) => fc.tuple(fc.constant(name), fc.constantFrom(...(HEADERS[name] ?? []))));
  const odd = fc.tuple(
    fc.constantFrom(...Object.keys(HEADERS)),
    fc.string({ unit: 'grapheme-ascii', maxLength: 20 }),
  );
  return fc.oneof(standard, odd).map(([name, value]) => (parts) => ({
    ...parts,
    headers: { ...parts.headers, [name]: value },
  }));
}

// ---------------------------------------------------------------- bodies

const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown[]>(null, true, false, 0, -1, 1.5, 1e308, 2 ** 53, -0, 1e-7),
  fc.constantFrom('', '1', 'x', '\u0000', '\ud800', 'ü😀', 'x'.repeat(300), 'x'.repeat(6_000)),
  fc.constantFrom('products', 'inventories', 'stock-movements', 'purchases', 'add', 'receipt'),
  fc.constantFrom<unknown[]>([], {}, [[]], [null], { id: '1' }, { type: 'products', id: '1' }),
  fc.integer({ min: 1, max: 80 }).map(nested),
  fc.jsonValue({ maxDepth: 3 }),
);

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

const memberName = fc.oneof(
  fc.constantFrom('data', 'type', 'id', 'lid', 'attributes', 'relationships', 'meta', 'links'),
  fc.constantFrom('__proto__', 'constructor', 'toString', '@x', '', 'a b', 'included', 'errors'),
  fc.constantFrom(
    'quantity',
    'lines',
    'price',
    'op',
    'ref',
    'href',
    'atomic:operations',
    'product',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
);

/**
 * Changes a member, or an item of a list, anywhere in the body: sets it, renames it, removes it,
 * adds one beside it.
 */
function members(): fc.Arbitrary<Mutation> {
  return fc
    .record({ at: fc.nat(), value: oddValue, name: memberName, how: fc.nat(3) })
    .map(({ at, value, name, how }) => (parts) => {
      if (typeof parts.body !== 'object' || parts.body === null) return { ...parts, body: value };
      const places = placesIn(parts.body);
      const place = places[at % (places.length + 1)];
      if (place === undefined) return { ...parts, body: how === 2 ? undefined : value };
      return { ...parts, body: rewritten(parts.body, place, { value, name, how }) };
    });
}

type Place = readonly string[];

function placesIn(value: unknown, at: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const place = [...at, name];
    return [place, ...placesIn(member, place)];
  });
}

function rewritten(
  body: unknown,
  [first = '', ...rest]: Place,
  change: { readonly value: unknown; readonly name: string; readonly how: number },
): unknown {
  if (Array.isArray(body)) {
    const index = Number(first);
    if (rest.length > 0) return body.with(index, rewritten(body[index], rest, change));
    return changed(body, index, change.value, change.how === 3 ? 1 : change.how);
  }
  const entries = Object.entries(body as object).flatMap(([name, member]) => {
    if (name !== first) return [[name, member]];
    if (rest.length > 0) return [[name, rewritten(member, rest, change)]];
    const { value, how } = change;
    if (how === 0)
      return [
        [name, member],
        [change.name, value],
      ];
    if (how === 1) return [[name, value]];
    return how === 2 ? [] : [[change.name, member]];
  });
  // As JSON.parse does: __proto__ is an own member, not the prototype.
  return Object.fromEntries(entries);
}

/**
 * Cuts the text of the body, or inserts something. A cut may halve a surrogate pair, and what is
 * left of it would arrive as U+FFFD: the text is what the service gets.
 */
function texts(): fc.Arbitrary<Mutation> {
  const noise = fc.constantFrom('', '{', '"', ',', '\\u0000', '\\ud800', 'é', ' ', '1e999', '//');
  return fc
    .record({ at: fc.nat(), noise, cut: fc.nat(5) })
    .map(({ at, noise: put, cut }) => (parts) => {
      const text = typeof parts.body === 'string' ? parts.body : (JSON.stringify(parts.body) ?? '');
      const index = text === '' ? 0 : at % text.length;
      const rest = text.slice(0, index) + put + text.slice(index + cut);
      return { ...parts, body: rest.toWellFormed() };
    });
}

// ---------------------------------------------------------------- all of them

/** One random change of method, address, query, headers or body. */
export const mutations: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 1, arbitrary: methods() },
  { weight: 2, arbitrary: segments() },
  { weight: 6, arbitrary: queries() },
  { weight: 3, arbitrary: headers() },
  { weight: 8, arbitrary: members() },
  { weight: 1, arbitrary: texts() },
);
