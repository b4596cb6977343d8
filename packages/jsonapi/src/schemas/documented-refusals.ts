import { MEDIA_TYPE, mediaTypeWith } from '../http/media-type.ts';
import { protocolProblem } from '../http/problems.ts';
import { problemResponses, type DocumentedResponse } from './responses.ts';

/** What of a route decides how the protocol alone may refuse a request to it. */
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
 * The answers by which a route may refuse a request for how it is written, whatever the route is
 * about.
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

/** The same answers, labelled as an address that speaks an extension labels all of its answers. */
export function underExtension(responses: Responses, extension: string | undefined): Responses {
  if (extension === undefined) return responses;
  const labelled = mediaTypeWith('ext', extension);
  const entries = Object.entries(responses).map(([status, { description, content }]) => {
    const { [MEDIA_TYPE]: plain, ...others } = content ?? {};
    return [status, { description, content: plain ? { ...others, [labelled]: plain } : content }];
  });
  return Object.fromEntries(entries) as Responses;
}

/** The answers of a route in one, by status: of two for one status each sentence is told once. */
export function mergeResponses(...all: readonly Responses[]): Responses {
  const merged: Record<string, DocumentedResponse> = {};
  for (const [status, response] of all.flatMap((one) => Object.entries(one))) {
    const before = merged[status];
    const content = { ...response.content, ...before?.content };
    merged[status] = before
      ? { ...before, description: joined(before.description, response.description), content }
      : response;
  }
  return merged;
}

/** Codes are told as sentences of their own: "`code`: title." */
function joined(before: string, more: string): string {
  const added = more.split(/(?<=\.) (?=`)/).filter((sentence) => !before.includes(sentence));
  return [before, ...added].join(' ');
}
