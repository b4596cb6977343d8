import {
  collectionSchema,
  dataDocument,
  integer,
  plainQuery,
  resourceSchema,
  type DataDocument,
} from '@anaquel/jsonapi';
import Type from 'typebox';
import type { EventPage } from './cloud-event.ts';

/** The query of a feed: `page[after]`, a position, and `page[size]`, counted in log entries. */
const query = plainQuery({
  'page[after]': integer(0, Number.MAX_SAFE_INTEGER, 'Only what comes after this position.'),
  'page[size]': integer(1, 1_000, 'Log entries a page; 100 when left out.'),
});
export const feedQuery = {
  schema: query.schema,
  parse(asked: unknown): { after: number; size: number } {
    const { 'page[after]': after = 0, 'page[size]': size = 100 } = query.parse(asked);
    return { after, size };
  },
};

const eventSchema = Type.Object(
  {
    specversion: Type.Literal('1.0'),
    id: Type.String({ description: 'Drop an event whose id you have seen.' }),
    source: Type.String(),
    type: Type.String(),
    subject: Type.String(),
    time: Type.String({ format: 'date-time' }),
    datacontenttype: Type.Literal('application/json'),
    data: Type.Object({}),
  },
  { description: 'A CloudEvent 1.0.' },
);

/** A feed's documents, for the documentation. `type` is the type of its resources. */
export function feedSchema(type: string) {
  const position = Type.Integer({
    description: 'Its place in the log: counts up by one, in the order in which things happened.',
  });
  return collectionSchema(
    resourceSchema({ type, attributes: Type.Object({ position, event: eventSchema }) }),
  );
}

/**
 * A slice of a log that can be read again from any position. `links.next` is null at the end; whoever wants to follow asks again
 * later with the last position, `meta.page.last`.
 */
export function feedDocument(feed: {
  readonly type: string;
  /** The absolute address of the feed, without a query. */
  readonly address: string;
  readonly page: { readonly after: number; readonly size: number };
  readonly slice: EventPage;
}): DataDocument {
  const { type, address, page, slice } = feed;
  const after = (position: number): string =>
    `${address}?page%5Bafter%5D=${position}&page%5Bsize%5D=${page.size}`;
  return dataDocument(
    slice.events.map(({ position, event }) => ({
      type,
      id: event.id,
      attributes: { position, event },
    })),
    {
      links: {
        self: after(page.after),
        next: slice.position < slice.head ? after(slice.position) : null,
      },
      meta: {
        page: { after: page.after, size: page.size, last: slice.position, head: slice.head },
      },
    },
  );
}
