import type { TSchema } from 'typebox';
import { MEDIA_TYPE } from '../http/media-type.ts';
import type { ProblemFactory } from '../http/problems.ts';
import { errorSchema } from './document-schemas.ts';

/** What a route's `schema.response` says of one status. */
export interface DocumentedResponse {
  description: string;
  content?: Record<string, { schema: TSchema }>;
}

/** One entry of a route's `schema.response`: a JSON:API document. */
export function jsonApiResponse(description: string, schema: TSchema): DocumentedResponse {
  return { description, content: { [MEDIA_TYPE]: { schema } } };
}

/** One entry of a route's `schema.response`: an answer without a body. */
export function noContentResponse(description: string): { description: string; type: 'null' } {
  return { description, type: 'null' };
}

/** The error answers of a route, by status, each naming its codes. */
export function problemResponses<Code extends string>(
  problems: ProblemFactory<Code>,
  ...codes: readonly NoInfer<Code>[]
): Record<number, DocumentedResponse> {
  const lines = new Map<number, string[]>();
  for (const code of codes) {
    const { status, title } = problems.entries[code];
    lines.set(status, [...(lines.get(status) ?? []), `\`${code}\`: ${title}.`]);
  }
  return Object.fromEntries(
    [...lines].map(([status, texts]) => [status, jsonApiResponse(texts.join(' '), errorSchema)]),
  );
}
