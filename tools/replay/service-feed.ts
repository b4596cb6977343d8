import type { CloudEvent } from '@anaquel/events';
import { StartupError } from '@anaquel/runtime';

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

const ANSWER_MS = 10_000;

/**
 * The feed of a running service.
 * @param url of the feed
 * @throws StartupError from each read that is not answered.
 */
export function serviceFeed(url: string, apiKey: string): ReadFeed {
  return async (after, size) => {
    const address = `${url}?page[after]=${after}&page[size]=${size}`;
    const headers = { 'x-api-key': apiKey };
    const answer = await fetch(address, { headers, signal: AbortSignal.timeout(ANSWER_MS) }).catch(
      (error: unknown) => {
        const reason = error instanceof Error ? (error.cause ?? error) : error;
        throw new StartupError(`${url} can't be read: ${String(reason)}. Is the service running?`);
      },
    );
    if (!answer.ok)
      throw new StartupError(`${url} answered ${answer.status}. ${await answer.text()}`);
    const { data, meta }: FeedDocument = JSON.parse(await answer.text());
    return { ...meta.page, events: data.map(({ attributes }) => attributes) };
  };
}
