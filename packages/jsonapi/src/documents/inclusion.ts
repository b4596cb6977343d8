import { setImmediate } from 'node:timers/promises';
import type { FastifyRequest } from 'fastify';
import type { IncludeTree } from '../queries/include-paths.ts';
import { JsonApiError, protocolProblem } from '../http/problems.ts';
import type { AnyResourceType, Relationship, ResourceType } from '../declarations/resource-type.ts';

/** The included resources of a document, and the linkage that leads to them. */
export interface Inclusion {
  readonly resources: readonly Included[];
  /**
   * By {@link linkageKey}: the ids of a to-many relationship, and how many there are in all.
   */
  readonly linkage: ReadonlyMap<string, Linkage>;
}

/** A model and its resource type. */
export interface Included<Model = unknown> {
  readonly resource: ResourceType<Model>;
  readonly model: Model;
}

export interface Linkage {
  readonly ids: readonly string[];
  readonly total?: number;
}

/** The most included resources: twenty for each of a page of a hundred. */
export const MAX_INCLUDED = 2_000;
/** The most resources of one call to `load`. */
const BATCH = 100;

export function linkageKey(type: string, id: string, relationship: string): string {
  return `${type} ${id} ${relationship}`;
}

/**
 * Loads the resources of an `include`, level by level: one call for each relationship and hundred
 * resources. No resource is included twice. Those at the start are primary data and not included,
 * unless the primary data is linkage. https://jsonapi.org/format/1.1/#fetching-includes
 *
 * @throws {JsonApiError} 400 when it would include more than 2,000 resources; the error of a
 * relationship's guard.
 */
export async function findIncluded(
  start: readonly Included[],
  tree: IncludeTree,
  request: FastifyRequest,
  { sendsStart }: { readonly sendsStart: boolean } = { sendsStart: false },
): Promise<Inclusion> {
  assertReadable(start[0]?.resource, tree, request);
  const keys = new Set(start.map(keyOf));
  const resources: Included[] = sendsStart ? [...start] : [];
  const linkage = new Map<string, Linkage>();

  async function follow(from: readonly Included[], branch: IncludeTree): Promise<void> {
    const [first] = from;
    if (!first) return;
    for (const [name, next] of branch) {
      const relationship = first.resource.relationships?.[name];
      if (!relationship) continue;
      const to = relationship.to();
      const models = new Map<string, unknown>();
      for (let at = 0; at < from.length; at += BATCH) {
        const batch = from.slice(at, at + BATCH);
        await load(batch, { name, relationship, models });
        if (resources.length + models.size > MAX_INCLUDED) throw tooManyIncluded();
        // Lets other requests run.
        await setImmediate();
      }
      const targets = [...models.values()].map((model) => ({ resource: to, model }));
      for (const target of targets) {
        const key = keyOf(target);
        if (keys.has(key)) continue;
        keys.add(key);
        resources.push(target);
      }
      await follow(targets, next);
    }
  }

  async function load(batch: readonly Included[], step: Step): Promise<void> {
    const { name, relationship, models } = step;
    const sources = batch.map(({ model }) => model);
    if (relationship.kind === 'one') {
      const ids = new Set(
        sources.map((model) => relationship.id(model)).filter((id) => id !== null),
      );
      for (const [id, model] of await relationship.load([...ids], request)) models.set(id, model);
      return;
    }
    const related = await relationship.load(sources, request);
    for (const { resource, model } of batch) {
      const id = resource.id(model);
      const { items = [], total } = related.get(id) ?? {};
      const ids = items.map((item) => item.id);
      linkage.set(linkageKey(resource.type, id, name), {
        ids,
        ...(total !== undefined && { total }),
      });
      for (const item of items) {
        if (item.model !== undefined) models.set(item.id, item.model);
      }
    }
  }

  await follow(start, tree);
  return { resources, linkage };
}

/** @throws {JsonApiError} the error of a relationship's guard, when the caller may not see it. */
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
  /** The related models, by id. */
  readonly models: Map<string, unknown>;
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
