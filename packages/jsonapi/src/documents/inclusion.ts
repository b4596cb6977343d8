import { setImmediate } from 'node:timers/promises';
import type { FastifyRequest } from 'fastify';
import type { IncludeTree } from '../queries/include-paths.ts';
import { JsonApiError, protocolProblem } from '../http/problems.ts';
import type { AnyResourceType, Relationship, ResourceType } from '../declarations/resource-type.ts';

/** The resources that are sent along with others, and the linkage that leads to them. */
export interface Inclusion {
  readonly resources: readonly Included[];
  /**
   * By {@link linkageKey}: the ids that a to-many relationship was found to lead to, and how many
   * there are in all.
   */
  readonly linkage: ReadonlyMap<string, Linkage>;
}

/** A model and what it is. */
export interface Included<Model = unknown> {
  readonly resource: ResourceType<Model>;
  readonly model: Model;
}

export interface Linkage {
  readonly ids: readonly string[];
  readonly total?: number;
}

/**
 * As many as may be sent along: what comes with a page of a hundred that has twenty of something
 * each.
 */
export const MAX_INCLUDED = 2_000;
/** So many resources are asked for in one call. */
const BATCH = 100;

export function linkageKey(type: string, id: string, relationship: string): string {
  return `${type} ${id} ${relationship}`;
}

/**
 * Finds what an `include` asks for, level by level: one call for each relationship and hundred
 * resources. Nothing is found twice. What it starts from is primary data and not sent along, unless
 * the primary data is linkage. https://jsonapi.org/format/1.1/#fetching-includes
 *
 * @throws {JsonApiError} 400 when more than 2,000 resources would be sent along; what the caller
 * may not see.
 */
export async function findIncluded(
  start: readonly Included[],
  tree: IncludeTree,
  request: FastifyRequest,
  { sendsStart }: { readonly sendsStart: boolean } = { sendsStart: false },
): Promise<Inclusion> {
  assertReadable(start[0]?.resource, tree, request);
  const known = new Set(start.map(keyOf));
  const resources: Included[] = sendsStart ? [...start] : [];
  const linkage = new Map<string, Linkage>();

  async function follow(from: readonly Included[], branch: IncludeTree): Promise<void> {
    const [first] = from;
    if (!first) return;
    for (const [name, next] of branch) {
      const relationship = first.resource.relationships?.[name];
      if (!relationship) continue;
      const to = relationship.to();
      const found = new Map<string, unknown>();
      for (let at = 0; at < from.length; at += BATCH) {
        const batch = from.slice(at, at + BATCH);
        await load(batch, { name, relationship, found });
        if (resources.length + found.size > MAX_INCLUDED) throw tooManyIncluded();
        // Whoever else waits gets a turn.
        await setImmediate();
      }
      const targets = [...found.values()].map((model) => ({ resource: to, model }));
      for (const target of targets) {
        const key = keyOf(target);
        if (known.has(key)) continue;
        known.add(key);
        resources.push(target);
      }
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
      for (const [id, model] of await relationship.load([...ids], request)) found.set(id, model);
      return;
    }
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
        if (item.model !== undefined) found.set(item.id, item.model);
      }
    }
  }

  await follow(start, tree);
  return { resources, linkage };
}

/** @throws {JsonApiError} when the caller may not see all that an `include` asks for. */
export function assertReadable(
  resource: AnyResourceType | undefined,
  tree: IncludeTree,
  request: FastifyRequest,
): void {
  for (const [name, next] of tree) {
    const relationship = resource?.relationships?.[name];
    if (!relationship) continue;
    if (relationship.kind === 'many') relationship.guard?.assertReadable(request);
    assertReadable(relationship.to(), next, request);
  }
}

interface Step {
  readonly name: string;
  readonly relationship: Relationship<unknown>;
  readonly found: Map<string, unknown>;
}

function keyOf({ resource, model }: Included): string {
  return `${resource.type} ${resource.id(model)}`;
}

export function tooManyIncluded(): JsonApiError {
  const detail = `This would send more than ${MAX_INCLUDED} resources along. Ask for smaller pages or fewer paths.`;
  return new JsonApiError(
    protocolProblem('invalid-parameter', detail, { source: { parameter: 'include' } }),
  );
}
