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

/** An example of a body as text, in which ids are those that the run has made. */
export function withVariables(example: unknown): string {
  const text = JSON.stringify(replaced(example), null, 2);
  // The classic API has numbers for ids.
  return text.replaceAll('"product_id": "{{productId}}"', '"product_id": {{productId}}');
}

function replaced(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(replaced);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => {
    if (name === 'productId' || name === 'product_id') return [name, '{{productId}}'];
    if (name === 'url') return [name, '{{webhookUrl}}'];
    if (name === 'id' && 'type' in value) return [name, `{{${variableOf(String(value.type))}}}`];
    return [name, replaced(member)];
  });
  return Object.fromEntries(entries);
}
