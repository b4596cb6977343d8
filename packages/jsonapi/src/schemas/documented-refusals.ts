import { MEDIA_TYPE, mediaTypeWith } from '../http/media-type.ts';
import { protocolProblem } from '../http/problems.ts';
import { problemResponses, type DocumentedResponse } from './responses.ts';

/** The properties of a route that decide which refusals of the protocol it may answer with. */
export interface RefusableRoute {
  readonly method: string;
  /** As it is registered: `/api/v1/products/:id`. */
  readonly url: string;
  /** Whether it stands below `jsonApiRoutes`. */
  readonly speaksJsonApi: boolean;
  readonly takesBody: boolean;
  readonly takesQuery: boolean;
  readonly takesIfMatch: boolean;
}

type Responses = Readonly<Record<string | number, DocumentedResponse>>;

/**
 * The answers by which a route may refuse how a request is written, whatever the route is for.
 */
export function protocolRefusals(route: RefusableRoute): Responses {
  const { method, url, speaksJsonApi, takesBody, takesQuery, takesIfMatch } = route;
  const changesOne = method === 'PATCH' || method === 'PUT';
  return problemResponses(
    protocolProblem,
    ...(speaksJsonApi || takesQuery ? (['invalid-parameter'] as const) : []),
    ...(speaksJsonApi ? (['not-acceptable'] as const) : []),
    ...(url.includes('/:') ? (['not-found'] as const) : []),
    ...(takesBody
      ? (['invalid-json', 'invalid-document', 'payload-too-large', 'invalid-attribute'] as const)
      : []),
    ...(takesBody && speaksJsonApi
      ? (['unsupported-media-type', 'type-conflict', 'read-only-attribute'] as const)
      : []),
    ...(takesBody && speaksJsonApi && method === 'POST' ? (['client-generated-id'] as const) : []),
    ...(takesBody && changesOne ? (['id-conflict'] as const) : []),
    ...(takesIfMatch ? (['precondition-failed'] as const) : []),
    'internal-error',
    'unavailable',
  );
}

/** The same answers with the media type of an extension, as its addresses send all of theirs. */
export function underExtension(responses: Responses, extension: string | undefined): Responses {
  if (extension === undefined) return responses;
  const mediaType = mediaTypeWith('ext', extension);
  const entries = Object.entries(responses).map(([status, { description, content }]) => {
    const { [MEDIA_TYPE]: plain, ...others } = content ?? {};
    return [status, { description, content: plain ? { ...others, [mediaType]: plain } : content }];
  });
  return Object.fromEntries(entries) as Responses;
}

/** Merges the answers of a route by status. A status has each sentence once. */
export function mergeResponses(...all: readonly Responses[]): Responses {
  const merged: Record<string, DocumentedResponse> = {};
  for (const [status, response] of all.flatMap((one) => Object.entries(one))) {
    const before = merged[status];
    const content = { ...response.content, ...before?.content };
    merged[status] = before
      ? { ...before, description: joinSentences(before.description, response.description), content }
      : response;
  }
  return merged;
}

/** Each code has a sentence of its own: "`code`: title." */
function joinSentences(before: string, more: string): string {
  const added = more.split(/(?<=\.) (?=`)/).filter((sentence) => !before.includes(sentence));
  return [before, ...added].join(' ');
}
