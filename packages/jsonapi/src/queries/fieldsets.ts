import { quoted, suggestionFor } from '../http/nearest-names.ts';
import type { AnyResourceType } from '../declarations/resource-type.ts';
import type { Complaint } from './query.ts';

/** The members that the query selects, by type; null selects all. */
export type Fieldsets = ReadonlyMap<string, ReadonlySet<string>> | null;

/** The members that a `fields[type]` selects, or what is wrong with it. */
export function readFields(
  types: ReadonlyMap<string, AnyResourceType>,
  type: string,
  value: string,
): ReadonlySet<string> | Complaint {
  const resource = types.get(type);
  if (!resource) {
    const here = `No ${quoted(type)} are in an answer of this address.`;
    return `${here} ${suggestionFor(type, [...types.keys()])}`;
  }
  const members = [
    ...Object.keys(resource.attributes.properties),
    ...Object.keys(resource.relationships ?? {}),
  ];
  const names = value === '' ? [] : value.split(',', members.length + 1);
  const stranger = names.find((name) => !members.includes(name));
  if (stranger === undefined) return new Set(names);
  const detail = `names ${quoted(stranger)}, which ${type} do not have.`;
  return `"fields[${type}]" ${detail} ${suggestionFor(stranger, members)}`;
}
