import type { Blanks } from '../example-request.ts';
import type { Operation } from '../openapi-document.ts';

/** The variable of the collection that has the id for this path. */
export function idVariable(path: string): string {
  const [resource = ''] = path
    .replace(/^\/(?:api\/v1|internal)/, '')
    .split('/')
    .slice(1);
  return variableOf(resource);
}

/** Stock has the id of its product. */
function variableOf(type: string): string {
  if (type === 'inventories' || type === 'inventory') return 'productId';
  const singular = type.replace(/ies$/, 'y').replace(/s$/, '');
  return `${singular.replaceAll(/-(\w)/g, (_all, letter: string) => letter.toUpperCase())}Id`;
}

/**
 * Ids are those that the run has made, and what need not be there is not.
 *
 * @param id the variable with the id in the path.
 */
export function variables({ path }: Operation, id: string): Blanks {
  return {
    parameter({ name, in: place, required = false, example }) {
      if (place === 'path') return path.includes('-tags/') ? 'kitchen' : `{{${id}}}`;
      if (!required) return undefined;
      if (place === 'header') return '{{$guid}}';
      return name === 'filter[id]' ? '{{productId}}' : String(example);
    },
    member(name, example, type) {
      if (name === 'productId' || name === 'product_id') return '{{productId}}';
      if (name === 'url') return '{{webhookUrl}}';
      return name === 'id' && type !== undefined ? `{{${variableOf(type)}}}` : example;
    },
  };
}

/** A body as text. The classic API has numbers for ids. */
export function bodyText(body: unknown): string {
  const text = JSON.stringify(body, null, 2);
  return text.replaceAll('"product_id": "{{productId}}"', '"product_id": {{productId}}');
}
