import type { OutgoingHttpHeaders } from 'node:http';
import type { EventStreams } from '@anaquel/events';
import { JsonApiError, problemResponses, protocolProblem } from '@anaquel/jsonapi';
import { finishedRequest } from '@anaquel/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { stockEventTypes, levelChange, wholeStockEvent } from '../application/stock-event.ts';
import type { Ports } from './ports.ts';

const POSITION_PATTERN = /^(?:0|[1-9][0-9]{0,14})$/;
const RETRY_AFTER_SECONDS = '5';
const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // A proxy that gathers an answer before it passes it on would hold back every event.
  'x-accel-buffering': 'no',
};

const position = Type.Integer({
  minimum: 0,
  description: 'Only what comes after this position; 0 is the beginning.',
});

const types = stockEventTypes.map((type) => `\`${type}\``).join(', ');

const description = `Server-Sent Events: every movement in order and without gaps, from where you were or, without a position, from now on.

- **Where you were** is the \`id\` of the last event you saw. Browsers send it by themselves in \`Last-Event-ID\`; for a first connection put it into \`lastEventId\`. When both are there the header counts. A position that the ledger has not reached is refused: your copy is of another ledger, so begin anew.
- **A copy of the stock**: open the stream, then read the levels, then apply the events that have come. The stream begins by telling its position as an \`id\`, so that even a cut before the first event loses nothing.
- **With the scope \`inventory:read\`** every movement is a \`stock.changed\` with \`{productId, available, position}\`.
- **With \`purchases:read\`** you get the CloudEvents of the feed, \`event\` being their type: ${types}. Only the last event of a position carries its \`id\`: after a cut between them you get the first ones again, so drop those whose CloudEvent id you have seen.
- A comment comes every 15 seconds. Who takes nothing for as long, or lets more than 1 MiB wait, is cut off and may come back. The stream ends when the service stops.`;

/**
 * Server-Sent Events, outside of the rules for JSON:API's media type.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function stockEventStreamRoutes(
  app: FastifyInstance,
  { reader, streams }: Pick<Ports, 'reader'> & { streams: EventStreams },
): void {
  app.addHook('preClose', (done) => {
    streams.stop();
    done();
  });

  app.get(
    '/stock-events/stream',
    {
      config: { scope: ['inventory:read', 'purchases:read'] },
      schema: {
        tags: ['Stock events'],
        summary: 'Watch the stock live',
        description,
        querystring: Type.Object({ lastEventId: Type.Optional(position) }),
        headers: Type.Object({ 'last-event-id': Type.Optional(position) }),
        response: {
          200: {
            description: 'Events, until one side ends it.',
            content: { 'text/event-stream': { schema: Type.String() } },
          },
          ...problemResponses(protocolProblem, 'invalid-parameter', 'unavailable'),
        },
      },
    },
    async (request, reply) => {
      const start = positionFrom(request);
      const head = await reader.head();
      if (start && start.after > head)
        throw invalid(`The ledger ends at ${head}. Read the levels and begin anew.`, start.source);
      if (!streams.hasRoom()) {
        const detail = 'As many streams are open as may be. Read the levels meanwhile.';
        throw new JsonApiError(protocolProblem('unavailable', detail), {
          'retry-after': RETRY_AFTER_SECONDS,
        });
      }
      // The stream takes over the answer and writes as fast as the client reads.
      reply.headers(HEADERS).hijack();
      const { raw } = reply;
      raw.writeHead(200, reply.getHeaders() as OutgoingHttpHeaders);
      app.finishedRequests.tell(finishedRequest(request, 200));
      if (request.method === 'HEAD') return void raw.end();
      const view = request.caller.can('purchases:read') ? wholeStockEvent : levelChange;
      streams.open(raw, { after: start?.after ?? head, view });
    },
  );
}

type Source = { readonly parameter: string } | { readonly header: string };

/**
 * The position after which the stream starts; null for now. The header wins: a browser adds it to
 * an address that still names the position of its first connection.
 */
function positionFrom(request: FastifyRequest): { after: number; source: Source } | null {
  const { lastEventId, ...others } = request.query as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw invalid(`"${unknown}" is not a parameter of this address. Known is lastEventId.`, {
      parameter: unknown,
    });
  const inQuery = read(lastEventId, { parameter: 'lastEventId' });
  return read(request.headers['last-event-id'], { header: 'Last-Event-ID' }) ?? inQuery;
}

function read(value: unknown, source: Source): { after: number; source: Source } | null {
  if (value === undefined) return null;
  if (typeof value === 'string' && POSITION_PATTERN.test(value))
    return { after: Number(value), source };
  throw invalid('Send the id of the last event you saw, once, as a whole number.', source);
}

function invalid(detail: string, source: Source): JsonApiError {
  return new JsonApiError(protocolProblem('invalid-parameter', detail, { source }));
}
