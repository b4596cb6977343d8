interface MediaTypeObject {
  readonly schema?: object;
  readonly example?: unknown;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly example?: string | number;
  readonly schema?: object;
}

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  /** Callers without a key are allowed if it is empty or has an empty requirement. */
  readonly security: readonly object[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, MediaTypeObject>> };
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content?: Readonly<Record<string, MediaTypeObject>> }
    >
  >;
}

export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly description: string };
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, Omit<Operation, 'method' | 'path'>>>>
  >;
  readonly servers: readonly { readonly url: string }[];
  readonly components: { readonly schemas: { readonly ErrorDocument: object } };
}

/** What is read as it comes, and not as a document: live streams, and the bytes of pictures. */
const AS_IT_COMES = /^(?:text\/event-stream|image\/)/;

/** All operations that answer by documents, in the order of the document. */
export function operationsOf(document: OpenApiDocument): Operation[] {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => {
      const {
        operationId = '',
        tags = [],
        summary,
        description,
        security,
        parameters = [],
        requestBody,
        responses,
      } = operation as Partial<Operation>;
      if (!security || !responses) throw new Error(`${method} ${path} lacks security or responses`);
      return {
        method: method.toUpperCase(),
        path,
        operationId,
        tags,
        security,
        parameters,
        responses,
        ...(summary !== undefined && { summary }),
        ...(description !== undefined && { description }),
        ...(requestBody && { requestBody }),
      };
    }),
  );
  return operations.filter(({ responses }) => {
    const types = Object.keys(responses['200']?.content ?? {});
    return !types.some((type) => AS_IT_COMES.test(type));
  });
}

export function nameOf({ method, path }: Operation): string {
  return `${method} ${path}`;
}

/** The response that the document has for exactly this status; ranges are not accepted. */
export function documentedResponse(operation: Operation, status: number) {
  const described = operation.responses[String(status)];
  if (!described) throw new Error(`${nameOf(operation)} does not document ${status}`);
  return described;
}
