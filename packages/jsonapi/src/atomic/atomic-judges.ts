import type { BodySchemas } from '../declarations/operations.ts';
import { alternatives } from '../http/nearest-names.ts';
import { JsonApiError, protocolProblem } from '../http/problems.ts';
import { bodyValidator } from '../http/validation.ts';
import { readOnlyNames } from '../routes/read-only.ts';
import { createBody, updateBody } from '../schemas/body-schemas.ts';
import type { AtomicType } from './atomic-operations.ts';

/** Validates the body of an operation as that of a single request. */
export interface Judge {
  readonly validate: ReturnType<typeof bodyValidator>;
  /** The attributes that the body may not set. */
  readonly readOnly: readonly string[];
}

interface UpdateJudge extends Judge, Pick<NonNullable<AtomicType['update']>, 'read'> {}

interface TypeJudges {
  readonly add?: Judge;
  readonly update?: UpdateJudge;
}

export type Judges = ReadonlyMap<AtomicType, TypeJudges>;

export function judgesOf({ resource, add, update }: AtomicType): TypeJudges {
  const judge = (body: BodySchemas, schemaWith: (readOnly: string[]) => object): Judge => {
    const readOnly = readOnlyNames(resource, body);
    return { validate: bodyValidator(schemaWith(readOnly)), readOnly };
  };
  const { type } = resource;
  return {
    ...(add && { add: judge(add, (readOnly) => createBody({ ...add, type, readOnly })) }),
    ...(update && {
      update: {
        ...judge(update, (readOnly) => updateBody({ ...update, type, readOnly })),
        read: update.read,
      },
    }),
  };
}

/** @throws {JsonApiError} 403 when the type has no such operation */
export function judgeOf<Op extends keyof TypeJudges>(
  op: Op,
  atomicType: AtomicType,
  judges: Judges,
): NonNullable<TypeJudges[Op]> {
  const judge = judges.get(atomicType)?.[op];
  if (judge) return judge;
  throw notSupported(op, atomicType);
}

export function notSupported(op: string, atomicType: AtomicType): JsonApiError {
  const { type } = atomicType.resource;
  const possible = (['add', 'update', 'remove'] as const).filter((name) => atomicType[name]);
  const detail = `There is no "${op}" for ${type} here; use ${alternatives(possible)}.`;
  const source = { pointer: '/op' };
  return new JsonApiError(protocolProblem('operation-not-supported', detail, { source }));
}
