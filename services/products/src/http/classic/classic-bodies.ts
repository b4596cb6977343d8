import { bodyValidator, isObject, JsonApiError, protocolProblem } from '@anaquel/jsonapi';
import type { ErrorObject } from '@anaquel/jsonapi';
import { Type } from 'typebox';
import type { PointerTo } from '../problems.ts';
import { inputNames } from '../products/product-schemas.ts';

/** The Spanish names that bodies may use. */
const SPANISH: Readonly<Record<string, string>> = {
  nombre: 'name',
  precio: 'price',
  descripcion: 'description',
};

/** For the documentation only: what a body may be is read by hand. */
export function looseBody(example: object) {
  return Type.Unsafe<unknown>({
    description: 'Plain, or inside a JSON:API envelope; English or Spanish names.',
    examples: [example],
  });
}

interface ClassicBody {
  enveloped: boolean;
  /** Under their English names; what is not known is left out. */
  attributes: Record<string, unknown>;
  pointerTo: PointerTo;
  statedId: unknown;
}

export function readBody(body: unknown): ClassicBody {
  const data = isObject(body) ? body['data'] : undefined;
  const enveloped = isObject(data) && isObject(data['attributes']);
  const members = enveloped ? data['attributes'] : body;
  if (!isObject(members))
    throw new JsonApiError(
      protocolProblem(
        'invalid-document',
        'Send the product as a JSON object, such as {"name": "Ceramic Mug", "price": 14.5}.',
      ),
    );
  const attributes: Record<string, unknown> = {};
  const sentNames = new Map<string, string>();
  for (const [sentName, value] of Object.entries(members)) {
    const name = SPANISH[sentName] ?? sentName;
    // The English name wins when both are there.
    if (
      !inputNames.some((inputName) => inputName === name) ||
      (name !== sentName && Object.hasOwn(members, name))
    )
      continue;
    attributes[name] = name === 'price' ? numberFrom(value) : value;
    sentNames.set(name, sentName);
  }
  const parent = enveloped ? '/data/attributes' : '';
  const pointerTo: PointerTo = (name) =>
    sentNames.has(name) ? `${parent}/${sentNames.get(name) ?? name}` : parent;
  return { enveloped, attributes, pointerTo, statedId: enveloped ? data['id'] : undefined };
}

/** Some clients send amounts as text. */
function numberFrom(value: unknown): unknown {
  return typeof value === 'string' && /^[0-9]{1,10}(?:\.[0-9]{1,10})?$/.test(value)
    ? Number(value)
    : value;
}

/**
 * Validates the document that was made of a body. Errors point into the body that was sent, instead
 * of the document.
 */
export function documentReader<Document>(
  schema: Type.TUnsafe<Document>,
): (document: unknown, pointerTo: PointerTo) => Document {
  const validate = bodyValidator(schema);
  return (document, pointerTo) => {
    const verdict = validate(document);
    if (verdict !== true)
      throw new JsonApiError(verdict.error.errors.map((error) => repointed(error, pointerTo)));
    // It was just held against the schema of this type.
    return document as Document;
  };
}

function repointed(error: ErrorObject, pointerTo: PointerTo): ErrorObject {
  const pointer = error.source && 'pointer' in error.source ? error.source.pointer : '';
  const [, name = '', rest = ''] = /^\/data\/attributes\/([^/]+)(.*)$/.exec(pointer) ?? [];
  return { ...error, source: { pointer: pointerTo(name) + rest } };
}

export function assertPresent(attributes: Record<string, unknown>, pointerTo: PointerTo): void {
  const missing = ['name', 'price'].filter((name) => attributes[name] === undefined);
  if (missing.length === 0) return;
  const source = { pointer: pointerTo('') };
  throw new JsonApiError(
    missing.map((name) =>
      protocolProblem('invalid-attribute', `The product must have the member "${name}".`, {
        source,
      }),
    ),
  );
}

export function assertSameId(bodyId: unknown, id: number): void {
  if (bodyId === undefined || bodyId === null || bodyId === id || bodyId === String(id)) return;
  throw new JsonApiError(
    protocolProblem('id-conflict', `"data.id" must be ${id}, the id in the address.`, {
      source: { pointer: '/data/id' },
    }),
  );
}
