import { relationshipsOf, type AnyResourceType } from '../declarations/resource-type.ts';

/** The relationships that are asked for, each with those that are asked for behind it. */
export interface IncludeTree extends Map<string, IncludeTree> {}

const MAX_DEPTH = 3;
const MAX_PATHS = 20;

/** The tree of an `include`, or what would be right. https://jsonapi.org/format/1.1/#fetching-includes */
export function parseInclude(
  text: string,
  resource: AnyResourceType,
): { tree: IncludeTree } | { expects: string } {
  const tree: IncludeTree = new Map();
  if (text === '') return { tree };
  const paths = text.split(',', MAX_PATHS + 1);
  if (paths.length > MAX_PATHS) return { expects: `at most ${MAX_PATHS} paths` };
  for (const path of paths) {
    const names = path.split('.', MAX_DEPTH + 1);
    if (names.length > MAX_DEPTH)
      return { expects: `paths of at most ${MAX_DEPTH} relationships, not "${path}"` };
    let branch = tree;
    let from = resource;
    for (const name of names) {
      const relationship = from.relationships?.[name];
      if (!relationship || !Object.hasOwn(from.relationships ?? {}, name))
        return { expects: expectation(from) };
      const next: IncludeTree = branch.get(name) ?? new Map();
      branch.set(name, next);
      branch = next;
      from = relationship.to();
    }
  }
  return { tree };
}

function expectation(resource: AnyResourceType): string {
  const names = relationshipsOf(resource).map(([name]) => name);
  return names.length === 0
    ? `left out: ${resource.type} have no relationships`
    : `a comma-separated list of paths; ${resource.type} have ${names.join(', ')}`;
}

/** Every type of resource that an answer to a request for this one can hold. */
export function reachableTypes(resource: AnyResourceType): Map<string, AnyResourceType> {
  const found = new Map<string, AnyResourceType>();
  const rest = [{ resource, depth: 0 }];
  for (let next = rest.pop(); next; next = rest.pop()) {
    found.set(next.resource.type, next.resource);
    if (next.depth === MAX_DEPTH) continue;
    for (const [, relationship] of relationshipsOf(next.resource)) {
      const to = relationship.to();
      if (!found.has(to.type)) rest.push({ resource: to, depth: next.depth + 1 });
    }
  }
  return found;
}
