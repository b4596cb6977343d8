import {
  bodyValidator,
  createBody,
  JsonApiError,
  looseJsonBodies,
  protocolProblem,
  updateBody,
} from '@anaquel/jsonapi';
import type { ErrorObject, Filter } from '@anaquel/jsonapi';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import { createProduct } from '../application/create-product.ts';
import { deleteProduct } from '../application/delete-product.ts';
import { productView } from '../application/product-view.ts';
import { updateProduct } from '../application/update-product.ts';
import type { Product } from '../domain/product.ts';
import { errorResponses, refusalError } from './problems.ts';
import type { PointerTo } from './problems.ts';
import { requireProductId, type IdParams } from './product-id.ts';
import {
  idParameter,
  newProductBody,
  productInput,
  productUpdateBody,
  inputNames,
} from './product-schemas.ts';
import type { NewProductAttributes, ProductUpdateAttributes } from './product-schemas.ts';
import type { Ports } from './ports.ts';
import { preconditionOf } from './products.ts';
import { onlyVisible, requireVisibleProduct } from './visibility.ts';

/**
 * The classic API at the root: bodies with or without a JSON:API envelope, in English or Spanish,
 * under any content type; answers that hold every name any of its clients reads. A skin over the
 * use cases of the canonical routes.
 */
export async function classicRoutes(scope: FastifyInstance, ports: Ports): Promise<void> {
  await scope.register(looseJsonBodies);
  listRoutes(scope, ports);
  createRoutes(scope, ports);
  oneProductRoutes(scope, ports);
}

const MAX_PAGE = 100;
const MAX_ARRAY = 500;

/** The Spanish names that bodies may use. */
const SPANISH: Readonly<Record<string, string>> = {
  nombre: 'name',
  precio: 'price',
  descripcion: 'description',
};

const documentation = (
  summary: string,
  answer: string,
  more: object = {},
  { body = Type.Object({}), statuses = [200], refusals = {} }: Answers = {},
) => {
  const success = { description: answer, content: { 'application/json': { schema: body } } };
  const successes = Object.fromEntries(statuses.map((status) => [status, success]));
  return { summary, tags: ['Classic'], ...more, response: { ...successes, ...refusals } };
};

interface Answers {
  readonly body?: TSchema;
  readonly statuses?: readonly number[];
  readonly refusals?: object;
}

const refusalsOfChanges = errorResponses('sku-taken', 'currency-needs-price');

function listRoutes(scope: FastifyInstance, { store }: Ports): void {
  const pageParameters = {
    querystring: Type.Object({
      limit: Type.Optional(Type.Integer()),
      offset: Type.Optional(Type.Integer()),
    }),
  };
  const config = { scope: 'products:read' } as const;
  async function pageFor(request: FastifyRequest, defaultLimit: number, maxLimit: number) {
    const page = pageOf(request.query as Record<string, unknown>, defaultLimit, maxLimit);
    const filters = onlyVisible(request.caller);
    return { page, ...(await listFrom(store, filters, page)) };
  }

  scope.get(
    '/products',
    {
      config,
      schema: documentation(
        'List products',
        'A page, by limit and offset or by page and size.',
        pageParameters,
      ),
    },
    async (request) => {
      const { page, products, total } = await pageFor(request, 20, MAX_PAGE);
      const meta = { page: Math.floor(page.offset / page.limit) + 1, size: page.limit, total };
      return { data: products.map(classicResource), meta };
    },
  );

  scope.get(
    '/products/',
    {
      config,
      schema: documentation('List products, plain', 'A plain list of products.', pageParameters, {
        body: Type.Array(Type.Object({})),
      }),
    },
    async (request) => {
      const { products } = await pageFor(request, MAX_ARRAY, MAX_ARRAY);
      return products.map(plainProduct);
    },
  );
}

/**
 * Lists come in pages; what starts in the midst of one is the end of it and the beginning of the
 * next.
 */
async function listFrom(
  store: Ports['store'],
  filters: Filter<'status'>[],
  { limit, offset }: { limit: number; offset: number },
): Promise<{ products: readonly Product[]; total: number }> {
  const read = (number: number) =>
    store.list({ filters, sort: [], page: { style: 'number', number, size: limit } });
  const number = Math.floor(offset / limit) + 1;
  const skipped = offset % limit;
  const { items, total } = await read(number);
  if (skipped === 0) return { products: items, total };
  const next = await read(number + 1);
  return { products: [...items, ...next.items].slice(skipped, skipped + limit), total };
}

function createRoutes(scope: FastifyInstance, ports: Ports): void {
  const validate = bodyValidator(createBody({ type: 'products', ...newProductBody }));
  const schema = documentation(
    'Create a product',
    'The product; 201 when the body has no envelope.',
    {
      consumes: ['application/json'],
      body: looseBody({ name: 'Ceramic Mug', price: 14.5 }),
    },
    { statuses: [200, 201], refusals: refusalsOfChanges },
  );
  for (const url of ['/products', '/products/']) {
    scope.post(
      url,
      { config: { scope: 'products:write' }, schema: { ...schema, hide: url.endsWith('/') } },
      async (request, reply) => {
        const body = readBody(request.body);
        const document = { data: { type: 'products', attributes: body.attributes } };
        assertValid(validate(document), body.pointerTo);
        const outcome = await createProduct(
          ports,
          productInput(body.attributes as unknown as NewProductAttributes),
          request.caller.actor,
        );
        if (!outcome.ok) throw refusalError(outcome.error, body.pointerTo);
        return reply.code(body.enveloped ? 200 : 201).send(classicDocument(outcome.value));
      },
    );
  }
}

function oneProductRoutes(scope: FastifyInstance, ports: Ports): void {
  const url = '/products/:id';
  const params = idParameter('1');
  scope.get(
    url,
    {
      config: { scope: 'products:read' },
      schema: documentation('Read a product', 'The product.', { params }),
    },
    async (request) =>
      classicDocument(
        await requireVisibleProduct(
          ports.store,
          requireProductId((request.params as IdParams).id),
          request.caller,
        ),
      ),
  );

  const validate = bodyValidator(updateBody({ type: 'products', ...productUpdateBody }));
  const body = looseBody({ name: 'Ceramic Mug', price: 12.5 });
  for (const method of ['PATCH', 'PUT'] as const) {
    const summary = method === 'PUT' ? 'Replace name and price of a product' : 'Change a product';
    const schema = documentation(
      summary,
      'The product after the change.',
      {
        params,
        consumes: ['application/json'],
        body,
      },
      { refusals: refusalsOfChanges },
    );
    scope.route({
      method,
      url,
      config: { scope: 'products:write' },
      schema,
      handler: async (request) => {
        const id = requireProductId((request.params as IdParams).id);
        const { attributes, pointerTo, statedId } = readBody(request.body);
        assertSameId(statedId, id);
        // A PUT keeps what its clients have no names for: they cannot mean to clear it.
        if (method === 'PUT') assertPresent(attributes, pointerTo);
        const document = { data: { type: 'products', id: String(id), attributes } };
        assertValid(validate(document), pointerTo);
        const input = productInput(attributes as ProductUpdateAttributes);
        const outcome = await updateProduct(ports, id, {
          input,
          isExpected: preconditionOf(request.headers['if-match']),
          actor: request.caller.actor,
        });
        if (!outcome.ok) throw refusalError(outcome.error, pointerTo);
        return classicDocument(outcome.value);
      },
    });
  }

  const deletion = documentation('Delete a product', 'A message that says so.', {
    params: idParameter('23'),
  });
  scope.delete(url, { config: { scope: 'products:write' }, schema: deletion }, async (request) => {
    const id = requireProductId((request.params as IdParams).id);
    const outcome = await deleteProduct(ports, id, {
      isExpected: preconditionOf(request.headers['if-match']),
      actor: request.caller.actor,
    });
    if (!outcome.ok) throw refusalError(outcome.error);
    return { meta: { message: `Product ${id} was deleted.` } };
  });
}

/** For the documentation only: what a body may be is read by hand. */
function looseBody(example: object) {
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

function readBody(body: unknown): ClassicBody {
  const data = isObject(body) ? body['data'] : undefined;
  const enveloped = isObject(data) && isObject(data['attributes']);
  const members = enveloped ? data['attributes'] : body;
  if (!isObject(members))
    throw new JsonApiError(
      protocolProblem(
        'invalid-document',
        'The request needs a JSON object with the product in its body, such as {"name": "Ceramic Mug", "price": 14.5}.',
      ),
    );
  const attributes: Record<string, unknown> = {};
  const sentNames = new Map<string, string>();
  for (const [sentName, value] of Object.entries(members)) {
    const name = SPANISH[sentName] ?? sentName;
    // The English name wins when both are there.
    if (
      !inputNames.some((known) => known === name) ||
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

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Some clients send amounts as text. */
function numberFrom(value: unknown): unknown {
  return typeof value === 'string' && /^[0-9]{1,10}(?:\.[0-9]{1,10})?$/.test(value)
    ? Number(value)
    : value;
}

/**
 * Refuses with pointers into the body that was sent, instead of the document that was made of it.
 */
function assertValid(verdict: true | { error: JsonApiError }, pointerTo: PointerTo): void {
  if (verdict === true) return;
  throw new JsonApiError(verdict.error.errors.map((error) => repointed(error, pointerTo)));
}

function repointed(error: ErrorObject, pointerTo: PointerTo): ErrorObject {
  const pointer = error.source && 'pointer' in error.source ? error.source.pointer : '';
  const [, name = '', rest = ''] = /^\/data\/attributes\/([^/]+)(.*)$/.exec(pointer) ?? [];
  return { ...error, source: { pointer: pointerTo(name) + rest } };
}

function assertPresent(attributes: Record<string, unknown>, pointerTo: PointerTo): void {
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

function assertSameId(stated: unknown, id: number): void {
  if (stated === undefined || stated === null || stated === id || stated === String(id)) return;
  throw new JsonApiError(
    protocolProblem('id-conflict', `"data.id" must be ${id}, the id in the address.`, {
      source: { pointer: '/data/id' },
    }),
  );
}

/**
 * By limit and offset (or skip), by page and size, or by page[number] and page[size]. More than the
 * most there is gives the most, and one without a value counts as not there: documents print
 * addresses so, and clients send them as printed.
 */
function pageOf(
  query: Record<string, unknown>,
  defaultLimit: number,
  maxLimit: number,
): { limit: number; offset: number } {
  const read = (names: string[], min: number): number | undefined => {
    const name = names.find((one) => query[one] !== undefined && query[one] !== '');
    if (name === undefined) return undefined;
    const number =
      typeof query[name] === 'string' && /^[0-9]{1,9}$/.test(query[name])
        ? Number(query[name])
        : -1;
    if (number >= min) return number;
    throw new JsonApiError(
      protocolProblem('invalid-parameter', `"${name}" must be a whole number of at least ${min}.`, {
        source: { parameter: name },
      }),
    );
  };
  const limit = Math.min(read(['limit', 'size', 'page[size]'], 1) ?? defaultLimit, maxLimit);
  const number = read(['page', 'page[number]'], 1) ?? 1;
  return { limit, offset: read(['offset', 'skip'], 0) ?? (number - 1) * limit };
}

/** Every name that a client of the classic API reads. */
function plainProduct(product: Product) {
  const view = productView(product);
  return {
    id: product.id,
    product_id: product.id,
    ...view,
    nombre: view.name,
    precio: view.price,
    descripcion: view.description,
  };
}

function classicResource(product: Product) {
  const { id, ...attributes } = plainProduct(product);
  return { type: 'products', id, attributes };
}

/** The product as a resource and once more plain, at the top level. */
export function classicDocument(product: Product) {
  return { data: classicResource(product), ...plainProduct(product) };
}
