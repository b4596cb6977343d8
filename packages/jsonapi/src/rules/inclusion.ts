import { isObject, type Json } from '../json.ts';

import type { Report } from './report.ts';

/**
 * Compound documents hold no resource twice, and none that no chain of relationships leads to from
 * the primary data; the chain may be cut by `fields[…]`.
 * https://jsonapi.org/format/1.1/#document-compound-documents
 * @param cutTypes the types whose fields the client has chosen
 */
export function checkInclusion(
  data: unknown,
  included: readonly unknown[],
  { isLinkage, cutTypes }: { isLinkage: boolean; cutTypes: ReadonlySet<string> },
  report: Report,
): void {
  const primary = [data].flat().filter(isObject);
  const resources = [...(isLinkage ? [] : primary), ...included.filter(isObject)];
  const byName = new Map<string, Json>();
  for (const resource of resources) {
    const name = nameOf(resource);
    if (byName.has(name)) report('included', `"${name}" is in the document twice`);
    byName.set(name, resource);
  }
  const identifiers = new Set(primary.map(nameOf));
  if (isLinkage && identifiers.size < primary.length)
    report('data', 'must not name a resource twice');

  const reached = new Set(identifiers);
  for (const name of reached) {
    const resource = byName.get(name);
    if (resource === undefined) continue;
    // Where it leads to cannot be seen.
    if (cutTypes.has(String(resource['type']))) return;
    for (const identifier of linkageIn(resource)) reached.add(nameOf(identifier));
  }
  for (const name of byName.keys()) {
    if (!reached.has(name)) report('included', `no relationship leads to "${name}"`);
  }
}

function linkageIn({ relationships }: Json): Json[] {
  if (!isObject(relationships)) return [];
  return Object.values(relationships)
    .filter(isObject)
    .flatMap(({ data }) => [data].flat())
    .filter(isObject);
}

function nameOf({ type, id }: Json): string {
  return `${String(type)} ${String(id)}`;
}
