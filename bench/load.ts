import autocannon from 'autocannon';
import { API_KEY } from './shop.ts';

/** What one scenario asks for, again and again. */
export interface Requests {
  readonly method: 'GET' | 'POST';
  /** Called for each request. */
  readonly next: () => { readonly path: string; readonly body?: object };
}

export interface Measurement {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const CONNECTIONS = 64;

/**
 * Keeps {@link CONNECTIONS} connections busy for a while, each with one request at a time.
 *
 * @throws when any answer is not a success: then what was measured is not what was meant.
 */
export async function measure(
  origin: string,
  requests: Requests,
  seconds: number,
): Promise<Measurement> {
  const { method, next } = requests;
  const result = await autocannon({
    url: origin,
    connections: CONNECTIONS,
    duration: seconds,
    requests: [
      {
        method,
        setupRequest(request) {
          const { path, body } = next();
          const headers = {
            'x-api-key': API_KEY,
            ...(body && {
              'content-type': 'application/vnd.api+json',
              'idempotency-key': `bench-${crypto.randomUUID()}`,
            }),
          };
          return { ...request, path, headers, ...(body && { body: JSON.stringify(body) }) };
        },
      },
    ],
  });
  const failed = result.non2xx + result.errors + result.timeouts;
  if (failed > 0) {
    const statuses = JSON.stringify(result.statusCodeStats);
    throw new Error(
      `${failed} of ${result.requests.total} requests to ${origin} failed: ${statuses}`,
    );
  }
  return {
    requestsPerSecond: Math.round(result.requests.average),
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  };
}
