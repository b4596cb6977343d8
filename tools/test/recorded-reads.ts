/**
 * A copy of a JSON value that adds to `reads` the path of whatever is read of it, such as
 * `data[].attributes.name`.
 */
export function recordReads<Value>(value: Value, reads: Set<string>, path = ''): Value {
  if (typeof value !== 'object' || value === null) return value;
  const childOf = (name: string): string => {
    if (Array.isArray(value)) return `${path}[]`;
    return path === '' ? name : `${path}.${name}`;
  };
  const isMember = (name: string | symbol): name is string =>
    typeof name === 'string' && (Array.isArray(value) ? /^\d+$/.test(name) : true);
  return new Proxy(value, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (!isMember(name) || typeof member === 'function') return member;
      reads.add(childOf(name));
      return recordReads(member, reads, childOf(name));
    },
    has(target, name) {
      if (isMember(name)) reads.add(childOf(name));
      return Reflect.has(target, name);
    },
  });
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

/** Whether a JSON schema says anything of what is at a path. */
export function isDeclared(schema: Schema | undefined, path: string): boolean {
  const steps = path.match(/\[\]|[^.[\]]+/g) ?? [];
  const at = steps.reduce<readonly Schema[]>(
    (schemas, step) => schemas.flatMap((one) => memberOf(one, step)),
    schema ? [schema] : [],
  );
  return at.length > 0;
}

function memberOf(schema: Schema, step: string): Schema[] {
  const parts = [...(schema.anyOf ?? []), ...(schema.allOf ?? [])];
  const own = step === '[]' ? schema.items : schema.properties?.[step];
  return [...(own ? [own] : []), ...parts.flatMap((part) => memberOf(part, step))];
}
