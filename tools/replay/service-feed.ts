import type { CloudEvent } from '@anaquel/events';
import { StartupError, type HttpClient } from '@anaquel/runtime';

/** A slice of the log of a service, and the newest position there is. */
export interface FeedPage {
  readonly events: readonly { readonly position: number; readonly event: CloudEvent }[];
  readonly last: number;
  readonly head: number;
}

/** Reads at most `size` entries, up to 1,000, after a position. */
export type ReadFeed = (after: number, size: number) => Promise<FeedPage>;

interface FeedDocument {
  readonly data: readonly { attributes: { position: number; event: CloudEvent } }[];
  readonly meta: { readonly page: { readonly last: number; readonly head: number } };
}

/**
 * The feed of a running service.
 * @throws StartupError from each read that is not answered.
 */
export function serviceFeed(client: Pick<HttpClient, 'getJson'>, path: string): ReadFeed {
  return async (after, size) => {
    const answer = await client.getJson(`${path}?page[after]=${after}&page[size]=${size}`);
    if (!answer.ok)
      throw new StartupError(`${path} can't be read (${answer.detail}). Is the service running?`);
    if (answer.status !== 200) {
      const text = JSON.stringify(answer.body);
      throw new StartupError(`${path} answered ${answer.status}. ${text}`);
    }
    const { data, meta } = answer.body as FeedDocument;
    return { ...meta.page, events: data.map(({ attributes }) => attributes) };
  };
}
