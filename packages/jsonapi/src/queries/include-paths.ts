import { quoted, suggestionFor } from '../http/nearest-names.ts';
import { mustBe, type Complaint } from './query.ts';
import { relationshipsOf, type AnyResourceType } from '../declarations/resource-type.ts';

/** The relationships of an `include`, each with those that its paths name behind it. */
export interface IncludeTree<RelationshipName extends string = string> extends Map<
  RelationshipName,
  IncludeTree
> {}

const MAX_DEPTH = 3;
const MAX_PATHS = 20;

/**
 * The tree of an `include`, or what is wrong with it.
 * https://jsonapi.org/format/1.1/#fetching-includes
 */
export function parseInclude(
  text: string,
  resource: AnyResourceType,
): { tree: IncludeTree } | { complaint: Complaint } {
  const tree: IncludeTree = new Map();
  if (text === '') return { tree };
  const paths = text.split(',', MAX_PATHS + 1);
  if (paths.length > MAX_PATHS) return wrong(`at most ${MAX_PATHS} paths`);
  for (const path of paths) {
    const names = path.split('.', MAX_DEPTH + 1);
    if (names.length > MAX_DEPTH)
      return wrong(`paths of at most ${MAX_DEPTH} relationships, not ${quoted(path)}`);
    let branch = tree;
    let from = resource;
    for (const name of names) {
      const relationship = from.relationships?.[name];
      if (!relationship || !Object.hasOwn(from.relationships ?? {}, name))
        return { complaint: unknownRelationship(name, from) };
      const next: IncludeTree = branch.get(name) ?? new Map();
      branch.set(name, next);
      branch = next;
      from = relationship.to();
    }
  }
  return { tree };
}

function wrong(expected: string): { complaint: Complaint } {
  return { complaint: mustBe('include', expected) };
}

function unknownRelationship(name: string, resource: AnyResourceType): Complaint {
  const names = relationshipsOf(resource).map(([candidate]) => candidate);
  if (names.length === 0)
    return `"include" names ${quoted(name)}, and ${resource.type} have no relationships.`;
  return `"include" names ${quoted(name)}, which ${resource.type} do not have. ${suggestionFor(name, names)}`;
}

/** Every type of resource that an answer to a request for this one can hold. */
export function reachableTypes(resource: AnyResourceType): Map<string, AnyResourceType> {
  const types = new Map<string, AnyResourceType>();
  const pending = [{ resource, depth: 0 }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    types.set(next.resource.type, next.resource);
    if (next.depth === MAX_DEPTH) continue;
    for (const [, relationship] of relationshipsOf(next.resource)) {
      const to = relationship.to();
      if (!types.has(to.type)) pending.push({ resource: to, depth: next.depth + 1 });
    }
  }
  return types;
}
