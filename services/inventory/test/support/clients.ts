import { Agent, request } from 'node:http';
import { MEDIA_TYPE } from '@anaquel/jsonapi';
import { answerOf, type Answer, type Method } from './shop.ts';

export interface Clients {
  /** Sends a canonical request over one of the sockets. Rejects when the connection breaks. */
  send(
    method: Method,
    path: string,
    headers: Record<string, string>,
    body?: object,
  ): Promise<Answer>;
  close(): void;
}

/** Many clients over real keep-alive connections, at most this many at once. */
export function connectClients(address: string, sockets: number): Clients {
  const agent = new Agent({ keepAlive: true, maxSockets: sockets });
  return {
    send(method, path, headers, body) {
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      const content = body && { 'content-type': MEDIA_TYPE };
      const outgoing = request(
        new URL(path, address),
        { agent, method, headers: { ...content, ...headers } },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve(
              answerOf(response.statusCode ?? 0, response.headers as Answer['headers'], text),
            ),
          );
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body && JSON.stringify(body));
      return promise;
    },
    close: () => agent.destroy(),
  };
}
