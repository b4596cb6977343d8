import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** By which logs, traces, errors and callers name a request. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** It gets into logs and answers: from strangers, too. */
const PLAIN_AND_SHORT = /^[\w.-]{1,64}$/;

/** The caller's own id for a request where it is plain and short, else a new one. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const id = headers[REQUEST_ID_HEADER];
  return typeof id === 'string' && PLAIN_AND_SHORT.test(id) ? id : newRequestId();
}

export function newRequestId(): string {
  return randomUUID();
}
