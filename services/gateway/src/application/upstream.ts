import type { Readable } from 'node:stream';
import type { Target } from '../domain/target.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

export interface UpstreamRequest {
  readonly method: string;
  /** With its query, as it came. */
  readonly url: string;
  readonly headers: Headers;
  readonly body?: Uint8Array | undefined;
  /** Aborted when nobody waits for the answer any more, be it on its way or half read. */
  readonly signal: AbortSignal;
}

/**
 * Why there is no answer. `unreachable`: nothing was sent. `timeout`, `lost`: it was sent, and then
 * nothing came in time, or the connection broke; whether it was carried out is not known. `closed`:
 * nobody waits for it.
 */
export type Failure = 'unreachable' | 'timeout' | 'lost' | 'closed';

export interface UpstreamResponse {
  readonly ok: true;
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readable;
  /** Whether the same request was sent before, to a replica of which no answer came. */
  readonly isRepeat: boolean;
}

export type UpstreamAnswer = UpstreamResponse | { readonly ok: false; readonly reason: Failure };

/** A service behind the gateway, as it is called: one replica or several. */
export interface Upstream {
  readonly target: Target;
  /**
   * Never rejects for what the network or the other side does. A body must be read or destroyed.
   */
  send(request: UpstreamRequest): Promise<UpstreamAnswer>;
  /** The same to each replica, in the order of their addresses. */
  sendToEach(request: UpstreamRequest): Promise<UpstreamAnswer[]>;
  /** How many replicas there are, and how many of them are not known to fail. */
  replicaCounts(): { readonly all: number; readonly usable: number };
  close(): Promise<void>;
}

/** For a body that nobody is interested in: unread it would hold its connection. */
export function discard(body: Readable): void {
  body.on('error', () => {}).resume();
}
