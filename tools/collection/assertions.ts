import type { Operation } from '../openapi-document.ts';

const JSON_API = 'application/vnd.api+json';

/** What has an address of its own afterwards, below the path. */
export function savesId({ method, path }: Operation): boolean {
  return (
    method === 'POST' && /^(?:\/api\/v1)?\/[a-z-]+s$/.test(path) && !path.endsWith('operations')
  );
}

/**
 * What the test script of a request asserts: status and media type as documented, the members that
 * the documentation requires, and what was sent and is told again. It keeps the id of what was
 * made in the variable `id`.
 */
export function assertionsOf(operation: Operation, id: string): string[] {
  const answers = Object.entries(operation.responses).filter(([code]) => code.startsWith('2'));
  const statuses = answers.map(([code]) => code).join(' or ');
  const [, response] = answers[0] ?? [];
  const [type] = Object.keys(response?.content ?? {});
  const lines = [
    test(
      `answers ${statuses}`,
      `pm.expect(pm.response.code).to.be.oneOf([${answers.map(([code]) => code).join(', ')}])`,
    ),
  ];
  if (type === undefined)
    return [...lines, test('has no body', `pm.expect(pm.response.text()).to.equal("")`)];
  lines.push(
    test(
      `is ${type}`,
      `pm.expect(pm.response.headers.get("content-type").split(";")[0]).to.equal("${type.split(';')[0]}")`,
    ),
  );
  if (type.startsWith(JSON_API))
    lines.push(
      test('is JSON:API 1.1', `pm.expect(pm.response.json().jsonapi.version).to.equal("1.1")`),
    );
  const { schema } = response?.content?.[type] ?? {};
  const { required = [], ...members } = membersOf(schema);
  if (required.length > 0)
    lines.push(
      test(
        `has ${required.join(' and ')}`,
        `pm.expect(pm.response.json()).to.include.keys(${JSON.stringify(required)})`,
      ),
    );
  lines.push(...echoes(operation, members));
  if (savesId(operation))
    lines.push(`pm.collectionVariables.set("${id}", pm.response.json().data.id);`);
  return lines;
}

function test(name: string, statement: string): string {
  return `pm.test(${JSON.stringify(name)}, () => { ${statement}; });`;
}

interface ObjectSchema {
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, object>>;
}

function membersOf(schema: object = {}): ObjectSchema {
  return schema;
}

/** What a resource must show as it was sent: single values that the answer has, too. */
function echoes(
  { requestBody }: Operation,
  { properties: { data = {} } = {} }: ObjectSchema,
): string[] {
  const example = Object.values(requestBody?.content ?? {})[0]?.example;
  const sent = attributesOf(example);
  const answered = membersOf(membersOf(data).properties?.['attributes']).properties ?? {};
  return Object.entries(sent)
    .filter(([name, value]) => name in answered && name !== 'url' && typeof value !== 'object')
    .map(([name, value]) =>
      test(
        `has the ${name} that was sent`,
        `pm.expect(pm.response.json().data.attributes.${name}).to.equal(${JSON.stringify(value)})`,
      ),
    );
}

function attributesOf(body: unknown): object {
  if (typeof body !== 'object' || body === null || !('data' in body)) return {};
  const { data } = body;
  if (typeof data !== 'object' || data === null || !('attributes' in data)) return {};
  return data.attributes ?? {};
}
