import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import type { ListDeclaration } from '../declarations/list-declaration.ts';
import type { FilterOperator } from '../declarations/list-request.ts';
import type { AnyResourceType } from '../declarations/resource-type.ts';
import { sortText } from './cursors.ts';
import { pageProperties } from './page-query.ts';
import { VALUE_LIST } from './value-lists.ts';

/** The schema of each parameter of a resource's address, for the documentation. */
export function queryProperties(
  resource: AnyResourceType,
  list?: ListDeclaration,
): Record<string, TSchema> {
  const related = Object.keys(resource.relationships ?? {});
  return {
    [`fields[${resource.type}]`]: Type.String({
      description: 'Only these members, comma-separated. Also for each type that is included.',
    }),
    ...(related.length > 0 && {
      include: Type.String({
        description: `Comma-separated paths of related resources to include: ${related.join(', ')}.`,
      }),
    }),
    ...(list && { ...filterProperties(list), sort: sortProperty(list), ...pageProperties }),
  };
}

function sortProperty({ sorts, defaultSort }: ListDeclaration): TSchema {
  return Type.String({
    default: sortText(defaultSort),
    description: `Comma-separated fields, each descending with a leading "-": ${sorts.join(', ')}.`,
  });
}

function filterProperties({ filters }: ListDeclaration): Record<string, TSchema> {
  const entries = Object.entries(filters).flatMap(([field, kind]) => {
    const schemaOf = (operator: FilterOperator): TSchema => {
      if (operator === 'null') return Type.Boolean();
      return operator === 'in' ? Type.String({ description: VALUE_LIST }) : kind.schema;
    };
    return [
      [`filter[${field}]`, schemaOf(kind.plain)],
      ...kind.operators
        .filter((operator) => operator !== kind.plain)
        .map((operator) => [`filter[${field}][${operator}]`, schemaOf(operator)]),
    ];
  });
  return Object.fromEntries(entries) as Record<string, TSchema>;
}
