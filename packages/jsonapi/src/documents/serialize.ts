import type { FastifyRequest } from 'fastify';
import type { Resource } from './documents.ts';
import { linkageKey, type Included, type Inclusion, type Linkage } from './inclusion.ts';
import { numberedPageLinks } from './page-links.ts';
import type { Fieldsets } from '../queries/resource-query.ts';
import type { AnyResourceType, Relationship } from '../declarations/resource-type.ts';

export interface Shown {
  readonly fields: Fieldsets;
  readonly inclusion: Inclusion | null;
}

/**
 * A model as a resource object, with the members that are asked for.
 * https://jsonapi.org/format/1.1/#document-resource-objects
 */
export function resourceObject(
  { resource, model }: Included,
  request: FastifyRequest,
  { fields, inclusion }: Shown,
): Resource {
  const { type } = resource;
  const shown = fields?.get(type);
  const id = resource.id(model);
  const self = resource.self?.(model, request);
  const attributes = resource.view(model, request);
  return {
    type,
    id,
    ...withMembers('attributes', shown ? pick(attributes, shown) : attributes),
    ...(resource.relationships &&
      self !== undefined &&
      withMembers(
        'relationships',
        relationshipObjects(resource, { id, self, model }, shown, inclusion),
      )),
    ...withMembers('links', { ...(self && { self }), ...resource.links?.(model, request) }),
  };
}

function pick(members: object, names: ReadonlySet<string>): object {
  return Object.fromEntries(Object.entries(members).filter(([name]) => names.has(name)));
}

function withMembers(name: string, members: object): object {
  for (const _ in members) return { [name]: members };
  return {};
}

function relationshipObjects(
  resource: AnyResourceType,
  from: { readonly id: string; readonly self: string; readonly model: unknown },
  shown: ReadonlySet<string> | undefined,
  inclusion: Inclusion | null,
): object {
  const objects: Record<string, object> = {};
  for (const name in resource.relationships) {
    const relationship = resource.relationships[name];
    if (!relationship || (shown && !shown.has(name))) continue;
    const linkage = inclusion?.linkage.get(linkageKey(resource.type, from.id, name));
    objects[name] = relationshipObject(name, relationship, from, linkage);
  }
  return objects;
}

function relationshipObject(
  name: string,
  relationship: Relationship<unknown>,
  { self, model }: { readonly self: string; readonly model: unknown },
  linkage: Linkage | undefined,
): object {
  const links = { self: `${self}/relationships/${name}`, related: `${self}/${name}` };
  const { type } = relationship.to();
  if (relationship.kind === 'one') {
    const id = relationship.id(model);
    return { links, data: id === null ? null : { type, id } };
  }
  if (!linkage) return { links };
  const data = linkage.ids.map((id) => ({ type, id }));
  if (!relationship.list || linkage.total === undefined) return { links, data };
  const page = { number: 1, size: relationship.list.includedSize, total: linkage.total };
  const { self: _, ...others } = numberedPageLinks(links.self, page);
  return { links: { ...links, ...others }, data };
}
