import {
  collectionSchema,
  declareResource,
  integer,
  jsonApiResponse,
  plainQuery,
  resourceDocument,
  resourceQuery,
  typeSchema,
} from '@anaquel/jsonapi';
import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify';
import Type, { type TObject } from 'typebox';
import type { EventPage, LoggedEvent } from './cloud-event.ts';

/** An address below `jsonApiRoutes` where a log can be read again from any position. */
export interface Feed {
  /** Below the prefix, and the type of its resources: `stock-events`. */
  readonly type: string;
  readonly config: FastifyContextConfig;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  /** What of the `data` of its events is promised. */
  readonly data: TObject;
  /** See `problemResponses`. */
  readonly refusals?: object;
  /** The origin that links start with. */
  origin(request: FastifyRequest): string;
  read(position: number, limit: number): Promise<EventPage>;
}

const event = {
  specversion: Type.Literal('1.0'),
  id: Type.String({ description: 'Drop an event whose id you have seen.' }),
  source: Type.String(),
  type: Type.String(),
  subject: Type.String(),
  time: Type.String({ format: 'date-time' }),
  order: Type.String({
    pattern: '^[1-9][0-9]*\\.[1-9][0-9]*$',
    description:
      'Its place among all events of its source: <position>.<n>, two integers. Remember the last one of each source, and drop what does not come after it.',
  }),
  traceparent: Type.Optional(
    Type.String({
      description: 'Where the change was traced, if it was: go on with that trace.',
    }),
  ),
  datacontenttype: Type.Literal('application/json'),
};

function attributesWith(data: TObject) {
  return Type.Object({
    position: Type.Integer({
      description: 'Its place in the log: counts up by one, in the order in which things happened.',
    }),
    event: Type.Object(
      { ...event, data: Type.Unsafe<object>(data) },
      { description: 'A CloudEvent 1.0.' },
    ),
  });
}

/** Positions are the log's own, so a page begins after one of them, and not at a cursor. */
const pageQuery = plainQuery({
  'page[after]': integer(0, Number.MAX_SAFE_INTEGER, 'Only what comes after this position.'),
  'page[size]': integer(1, 1_000, 'Log entries a page; 100 when left out.'),
});

/**
 * A slice of a log that can be read again from any position. `links.next` is null at the end;
 * whoever wants to follow asks again later with the last position, `meta.page.last`.
 */
export function feedRoute(app: FastifyInstance, feed: Feed): void {
  const { type, config, tags, summary, description, data, refusals } = feed;
  const resource = declareResource({
    type,
    attributes: attributesWith(data),
    id: (logged) => logged.event.id,
    view: (logged: LoggedEvent) => ({ position: logged.position, event: logged.event }),
  });
  const fieldsQuery = resourceQuery(resource);
  const schema = {
    tags,
    summary,
    description,
    querystring: Type.Intersect([pageQuery.schema, fieldsQuery.schema]),
    response: {
      200: jsonApiResponse('A slice of the feed.', collectionSchema(typeSchema(resource))),
      ...refusals,
    },
  };
  app.get(`/${type}`, { config, schema }, async (request) => {
    const [ofPage, others] = partition(request.query as object, (name) => name.startsWith('page'));
    const fieldsets = fieldsQuery.parse(others, false);
    const { 'page[after]': after = 0, 'page[size]': size = 100 } = pageQuery.parse(ofPage);
    const { events, position: last, head } = await feed.read(after, size);
    const origin = feed.origin(request);
    const linkTo = (position: number): string =>
      `${origin}${afterPosition(request, position, size)}`;
    const all = events.map((model) => ({ resource, model }));
    const addresses = { origin, self: linkTo(after) };
    const document = await resourceDocument(all, fieldsets, addresses, request);
    return {
      ...document,
      links: { ...document.links, next: last < head ? linkTo(last) : null },
      meta: { page: { after, size, last, head } },
    };
  });
}

function partition(query: object, belongs: (name: string) => boolean): [object, object] {
  const entries = Object.entries(query);
  return [
    Object.fromEntries(entries.filter(([name]) => belongs(name))),
    Object.fromEntries(entries.filter(([name]) => !belongs(name))),
  ];
}

/** The address that was asked for, path and query, from another position on. */
function afterPosition({ url }: FastifyRequest, position: number, size: number): string {
  const { pathname, searchParams } = new URL(url, 'http://feed');
  searchParams.set('page[after]', String(position));
  searchParams.set('page[size]', String(size));
  return `${pathname}?${searchParams.toString()}`;
}
