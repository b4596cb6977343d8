import type { FastifyRequest } from 'fastify';
import type { Resource } from './documents.ts';
import { linkageKey, type Included, type Inclusion, type Linkage } from './inclusion.ts';
import { numberedPageLinks } from './page-links.ts';
import type { Fieldsets } from '../queries/fieldsets.ts';
import {
  relationshipsOf,
  type AnyResourceType,
  type Relationship,
} from '../declarations/resource-type.ts';

/** The members and included resources that a query selects. */
export interface Selection {
  readonly fields: Fieldsets;
  readonly inclusion: Inclusion | null;
}

/**
 * A model as a resource object, with the members that the query selects.
 * https://jsonapi.org/format/1.1/#document-resource-objects
 */
export function resourceObject(
  { resource, model }: Included,
  request: FastifyRequest,
  { fields, inclusion }: Selection,
): Resource {
  const { type } = resource;
  const members = fields?.get(type);
  const id = resource.id(model);
  const self = resource.self?.(model, request);
  const attributes = resource.view(model, request);
  return {
    type,
    id,
    ...objectMember('attributes', members ? pick(attributes, members) : attributes),
    ...(resource.relationships &&
      self !== undefined &&
      objectMember(
        'relationships',
        relationshipObjects(resource, { id, self, model }, members, inclusion),
      )),
    ...objectMember('links', {
      ...(self !== undefined && { self }),
      ...resource.links?.(model, request),
    }),
  };
}

function pick(members: object, names: ReadonlySet<string>): object {
  return Object.fromEntries(Object.entries(members).filter(([name]) => names.has(name)));
}

/** Nothing where the value is empty. */
function objectMember(name: string, value: object): object {
  for (const _ in value) return { [name]: value };
  return {};
}

function relationshipObjects(
  resource: AnyResourceType,
  from: { readonly id: string; readonly self: string; readonly model: unknown },
  members: ReadonlySet<string> | undefined,
  inclusion: Inclusion | null,
): object {
  const selection = relationshipsOf(resource).filter(([name]) => !members || members.has(name));
  return Object.fromEntries(
    selection.map(([name, relationship]) => {
      const linkage = inclusion?.linkage.get(linkageKey(resource.type, from.id, name));
      return [name, relationshipObject(name, relationship, from, linkage)];
    }),
  );
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
