import { createHash } from 'node:crypto';
import type { ServiceName } from '../../services/manifest.ts';
import { exampleRequest } from '../example-request.ts';
import { operationsOf, type OpenApiDocument, type Operation } from '../openapi-document.ts';
import { assertionsOf, savesId } from './assertions.ts';
import { REFUSALS } from './refusals.ts';
import type { Item } from './collection-item.ts';
import { bodyText, idVariable, variables } from './variables.ts';

interface Folder {
  readonly name: string;
  readonly auth?: object;
  readonly item: readonly (Item | Folder)[];
}

const TITLES: Readonly<Record<ServiceName, string>> = {
  products: 'Products',
  inventory: 'Inventory',
};

/**
 * Every operation of both services that ends, by the examples of their OpenAPI documents, in an
 * order in which a whole run passes, again and again: what is read, changed and deleted was made
 * before in the same run. Equal documents give equal collections.
 */
export function postmanCollection(documents: Readonly<Record<ServiceName, OpenApiDocument>>) {
  const folders = [
    serviceFolder('products', documents.products),
    serviceFolder('inventory', documents.inventory),
    { name: 'What is refused', item: REFUSALS },
  ];
  return {
    info: {
      _postman_id: uuidOf('anaquel'),
      name: 'Anaquel',
      description:
        'Every request of Products and Inventory but the live streams, which never end. Choose the ' +
        'environment Anaquel, put the API keys of your .env into it, and run the whole collection: ' +
        'it makes a product of its own and changes no other. Made by: npm run collection',
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    item: folders,
  };
}

/** The addresses and keys that the requests name. Keys are empty: they are the shop's secrets. */
export function postmanEnvironment() {
  const value = (key: string, text: string) => ({
    key,
    value: text,
    type: 'default',
    enabled: true,
  });
  const secret = (key: string) => ({ key, value: '', type: 'secret', enabled: true });
  return {
    id: uuidOf('anaquel-environment'),
    name: 'Anaquel',
    values: [
      value('productsUrl', 'http://127.0.0.1:8001'),
      value('inventoryUrl', 'http://127.0.0.1:8002'),
      secret('productsApiKey'),
      secret('inventoryApiKey'),
      value('webhookUrl', 'https://example.com/anaquel'),
    ],
    _postman_variable_scope: 'environment',
  };
}

function serviceFolder(service: ServiceName, document: OpenApiDocument): Folder {
  const byTag = Map.groupBy(operationsOf(document), ({ tags: [tag = ''] }) => tag);
  const item = [...byTag].map(([name, operations]) => ({
    name,
    item: inOrder(operations).flatMap((operation) => itemsOf(service, operation, operations)),
  }));
  return { name: TITLES[service], auth: keyOf(service), item };
}

/** What makes something comes first, what deletes it last. */
function inOrder(operations: readonly Operation[]): Operation[] {
  const rank = (operation: Operation): number => {
    if (savesId(operation)) return 0;
    return operation.method === 'DELETE' ? 2 : 1;
  };
  return operations.toSorted((a, b) => rank(a) - rank(b));
}

/** A request that deletes is preceded by one that makes what it deletes. */
function itemsOf(
  service: ServiceName,
  operation: Operation,
  siblings: readonly Operation[],
): Item[] {
  if (operation.method !== 'DELETE')
    return [itemOf(service, operation, idVariable(operation.path))];
  const collectionPath = operation.path.slice(0, -'/{id}'.length);
  const maker = siblings.find(({ method, path }) => method === 'POST' && path === collectionPath);
  if (!maker) throw new Error(`${operation.path} can be deleted, and nothing makes one`);
  const made = itemOf(service, maker, 'spareId');
  return [{ ...made, name: `${made.name} (one to delete)` }, itemOf(service, operation, 'spareId')];
}

/** @param id the variable that keeps, or gives, the id of what the request is about. */
function itemOf(service: ServiceName, operation: Operation, id: string): Item {
  const { method, path, summary, description } = operation;
  const request = exampleRequest(operation, variables(operation, id));
  const query = request.query.map(([name, value]) => `${name}=${value}`).join('&');
  return {
    name: summary ?? `${method} ${path}`,
    request: {
      method,
      ...(description !== undefined && { description }),
      header: Object.entries(request.headers).map(([key, value]) => ({ key, value })),
      url: `{{${service}Url}}${request.path}${query && `?${query}`}`,
      ...(request.body !== undefined && { body: { mode: 'raw', raw: bodyText(request.body) } }),
    },
    event: [
      {
        listen: 'test',
        script: { type: 'text/javascript', exec: assertionsOf(operation, id) },
      },
    ],
  };
}

/** The way in which Postman sends an API key. */
function keyOf(service: ServiceName): object {
  return {
    type: 'apikey',
    apikey: [
      { key: 'key', value: 'x-api-key', type: 'string' },
      { key: 'value', value: `{{${service}ApiKey}}`, type: 'string' },
      { key: 'in', value: 'header', type: 'string' },
    ],
  };
}

/** The same name always has the same id, so that an import replaces what was imported before. */
function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
