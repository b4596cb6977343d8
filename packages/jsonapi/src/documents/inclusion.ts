import type { FastifyRequest } from 'fastify';
import type { IncludeTree } from '../queries/include-paths.ts';
import { JsonApiError, protocolProblem } from '../http/problems.ts';
import type { AnyModel, AnyResourceType, Relationship } from '../declarations/resource-type.ts';

/** The resources that are sent along with others, and the linkage that leads to them. */
export interface Inclusion {
  readonly resources: readonly Included[];
  /** By {@link linkageKey}: the ids that a to-many relationship was found to lead to, and how many there are in all. */
  readonly linkage: ReadonlyMap<string, Linkage>;
}

export interface Included {
  readonly resource: AnyResourceType;
  readonly model: AnyModel;
}

export interface Linkage {
  readonly ids: readonly string[];
  readonly total?: number;
}

/** As many as may be sent along. */
const MAX_INCLUDED = 5_000;
/** So many resources are asked for in one call. */
const BATCH = 100;

export function linkageKey(type: string, id: string, relationship: string): string {
  return `${type} ${id} ${relationship}`;
}

/**
 * Finds what an `include` asks for, level by level: one call for each relationship and hundred resources. Nothing is found twice, and
 * nothing that is primary data. https://jsonapi.org/format/1.1/#fetching-includes
 *
 * @throws {JsonApiError} 400 when more than 5,000 resources would be sent along.
 */
export async function findIncluded(
  primary: readonly Included[],
  tree: IncludeTree,
  request: FastifyRequest,
): Promise<Inclusion> {
  const known = new Set(primary.map(keyOf));
  const resources: Included[] = [];
  const linkage = new Map<string, Linkage>();

  async function follow(from: readonly Included[], branch: IncludeTree): Promise<void> {
    const [first] = from;
    if (!first) return;
    for (const [name, next] of branch) {
      const relationship = first.resource.relationships?.[name];
      if (!relationship) continue;
      const to = relationship.to();
      const found = new Map<string, AnyModel>();
      for (let start = 0; start < from.length; start += BATCH) {
        const batch = from.slice(start, start + BATCH);
        await load(batch, { name, relationship, found });
      }
      const targets = [...found.values()].map((model) => ({ resource: to, model }));
      for (const target of targets) {
        const key = keyOf(target);
        if (known.has(key)) continue;
        known.add(key);
        resources.push(target);
      }
      if (resources.length > MAX_INCLUDED) throw tooMany();
      await follow(targets, next);
    }
  }

  async function load(batch: readonly Included[], step: Step): Promise<void> {
    const { name, relationship, found } = step;
    const models = batch.map(({ model }) => model);
    if (relationship.kind === 'one') {
      const ids = new Set(
        models.map((model) => relationship.id(model)).filter((id) => id !== null),
      );
      for (const [id, model] of await relationship.load([...ids], request))
        found.set(id, model as AnyModel);
      return;
    }
    relationship.guard?.assertReadable(request);
    const related = await relationship.load(models, request);
    for (const { resource, model } of batch) {
      const id = resource.id(model);
      const { items = [], total } = related.get(id) ?? {};
      const ids = items.map((item) => item.id);
      linkage.set(linkageKey(resource.type, id, name), {
        ids,
        ...(total !== undefined && { total }),
      });
      for (const item of items) {
        if (item.model !== undefined) found.set(item.id, item.model as AnyModel);
      }
    }
  }

  await follow(primary, tree);
  return { resources, linkage };
}

interface Step {
  readonly name: string;
  readonly relationship: Relationship<never>;
  readonly found: Map<string, AnyModel>;
}

function keyOf({ resource, model }: Included): string {
  return `${resource.type} ${resource.id(model)}`;
}

function tooMany(): JsonApiError {
  const detail = `This would send more than ${MAX_INCLUDED} resources along. Ask for smaller pages or fewer paths.`;
  return new JsonApiError(
    protocolProblem('invalid-parameter', detail, { source: { parameter: 'include' } }),
  );
}
