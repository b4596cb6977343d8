import type { ServiceName } from '../../services/manifest.ts';
import type { OpenApiDocument } from '../openapi-document.ts';
import { postmanCollection, postmanEnvironment } from './postman-collection.ts';

/** The files of the Postman collection, by their paths in the project. */
export function collectionFiles(documents: Readonly<Record<ServiceName, OpenApiDocument>>) {
  return {
    'docs/anaquel.postman_collection.json': textOf(postmanCollection(documents)),
    'docs/anaquel.postman_environment.json': textOf(postmanEnvironment()),
  };
}

function textOf(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
