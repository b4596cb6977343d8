import { isObject, type Json } from '../json.ts';
import { checkLinks, LINK_NAMES } from './links.ts';
import { checkMembers, checkMeta, checkName, objectAt } from './report.ts';
import type { Report } from './report.ts';

const RESOURCE_MEMBERS = ['type', 'id', 'attributes', 'relationships', 'links', 'meta'];

/** A resource object of an answer. https://jsonapi.org/format/1.1/#document-resource-objects */
export function checkResource(value: unknown, where: string, report: Report): void {
  const resource = objectAt(value, where, report);
  if (resource === undefined) return;
  checkMembers(resource, RESOURCE_MEMBERS, where, report);
  checkIdentity(resource, where, report);
  const fields = new Set(['type', 'id']);
  for (const container of ['attributes', 'relationships']) {
    if (!(container in resource)) continue;
    const at = `${where}/${container}`;
    for (const name of Object.keys(objectAt(resource[container], at, report) ?? {})) {
      if (name.startsWith('@')) continue;
      checkName(name, `${at}/${name}`, report);
      if (fields.has(name))
        report(`${at}/${name}`, 'has a name that another field has, or "type" or "id"');
      fields.add(name);
    }
  }
  const { relationships } = resource;
  if (isObject(relationships)) {
    for (const [name, relationship] of Object.entries(relationships)) {
      if (!name.startsWith('@'))
        checkRelationship(relationship, `${where}/relationships/${name}`, report);
    }
  }
  checkLinks(resource, 'any', where, report);
  checkMeta(resource, where, report);
}

function checkIdentity(value: Json, where: string, report: Report): void {
  for (const name of ['type', 'id']) {
    if (typeof value[name] !== 'string') report(`${where}/${name}`, 'must be text');
  }
  if (typeof value['type'] === 'string') checkName(value['type'], `${where}/type`, report);
}

/** https://jsonapi.org/format/1.1/#document-resource-object-relationships */
function checkRelationship(value: unknown, where: string, report: Report): void {
  const relationship = objectAt(value, where, report);
  if (relationship === undefined) return;
  const members = ['links', 'data', 'meta'];
  checkMembers(relationship, members, where, report);
  if (!members.some((name) => name in relationship)) report(where, 'must have links, data or meta');
  const { links } = relationship;
  if (isObject(links) && !('self' in links) && !('related' in links))
    report(`${where}/links`, 'must have self or related');
  checkLinks(relationship, LINK_NAMES.relationship, where, report);
  if ('data' in relationship) checkLinkage(relationship['data'], `${where}/data`, report);
  checkMeta(relationship, where, report);
}

/** https://jsonapi.org/format/1.1/#document-resource-object-linkage */
export function checkLinkage(data: unknown, where: string, report: Report): void {
  if (data === null) return;
  if (!Array.isArray(data)) return checkIdentifier(data, where, report);
  for (const [index, one] of data.entries()) checkIdentifier(one, `${where}/${index}`, report);
}

/**
 * Only what a client would create has a `lid` instead of an id:
 * https://jsonapi.org/format/1.1/#document-resource-identifier-objects
 */
function checkIdentifier(value: unknown, where: string, report: Report): void {
  const identifier = objectAt(value, where, report);
  if (identifier === undefined) return;
  checkMembers(identifier, ['type', 'id', 'meta'], where, report);
  checkIdentity(identifier, where, report);
  checkMeta(identifier, where, report);
}
