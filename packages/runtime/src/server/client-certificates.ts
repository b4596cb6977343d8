import type { Server, ServerOptions } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { defineProblems, JsonApiError } from '@anaquel/jsonapi';
import type { FastifyInstance } from 'fastify';
import { createFailureLog } from '../process/failure-log.ts';
import { CERTIFICATE_CHALLENGE, type TlsServerSettings } from '../process/tls-settings.ts';
import { openTlsIdentity, type TlsIdentity } from '../process/tls-identity.ts';

/** How a server takes requests by TLS. */
export interface ServerTls {
  readonly identity: TlsIdentity;
  /** A client's certificate has one of these as a DNS name. */
  readonly allowedNames: readonly string[];
}

export const certificateProblem = defineProblems({
  'certificate-refused': { status: 403, title: 'The client certificate is not accepted' },
});

/** Node waits two minutes, which an end of the service can't. */
const HANDSHAKE_MS = 5_000;
/** What was checked when a connection began is checked anew this often. */
export const CONNECTION_MAX_AGE_MS = 300_000;
/** What still goes on then after a change of authorities, such as a stream, is cut. */
export const OLD_AUTHORITY_MS = 30_000;

export function openServerTls(settings: TlsServerSettings | null): ServerTls | null {
  if (settings === null) return null;
  return { identity: openTlsIdentity(settings), allowedNames: settings.allowedNames };
}

/**
 * A handshake refuses no client: with TLS 1.3 the client would see a connection that closes, as if
 * the service had died. Its requests are refused instead, and told why.
 */
export function tlsServerOptions({ identity }: ServerTls): ServerOptions {
  return {
    ...identity.current,
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: HANDSHAKE_MS,
  };
}

interface Connection {
  /** Why its requests are refused; null when they aren't. */
  readonly refusal: JsonApiError | null;
  readonly begunAtMs: number;
  /** Of an authority that is no longer the one. */
  isOutdated: boolean;
}

/**
 * Takes requests only from clients with a certificate of the authorities and an allowed name. A
 * connection is judged once, since to parse a certificate costs more than a request; so it ends
 * with an answer when it is old, or the authorities have changed.
 */
export function checkCertificates(
  app: FastifyInstance,
  { identity, allowedNames }: ServerTls,
): void {
  // Made with the options above.
  const server = app.server as unknown as Server;
  const connections = new Map<unknown, Connection>();
  const noteRefusal = createFailureLog(app.log, 'requests are refused for their certificate');

  server.on('secureConnection', (socket: TLSSocket) => {
    const problem = problemOf(socket, allowedNames);
    const refusal = problem === null ? null : refusalFor(problem);
    if (problem !== null) noteRefusal({ problem, address: socket.remoteAddress });
    connections.set(socket, { refusal, begunAtMs: performance.now(), isOutdated: false });
    socket.once('close', () => connections.delete(socket));
  });

  app.addHook('onRequest', ({ raw: { socket } }, _reply, done) => {
    done(connections.get(socket)?.refusal ?? undefined);
  });
  app.addHook('onSend', ({ raw: { socket } }, reply, payload, done) => {
    const connection = connections.get(socket);
    if (connection === undefined || mustEnd(connection)) reply.header('connection', 'close');
    done(null, payload);
  });

  identity.onChange((now, before) => {
    server.setSecureContext(now);
    if (now.ca !== before.ca) endOutdated([...connections.values()]);
  });

  function endOutdated(outdated: readonly Connection[]): void {
    for (const connection of outdated) connection.isOutdated = true;
    setTimeout(() => {
      for (const [socket, connection] of connections)
        if (outdated.includes(connection)) (socket as TLSSocket).destroy();
    }, OLD_AUTHORITY_MS).unref();
  }
}

function mustEnd({ refusal, begunAtMs, isOutdated }: Connection): boolean {
  return refusal !== null || isOutdated || performance.now() - begunAtMs > CONNECTION_MAX_AGE_MS;
}

/** Why its requests are not taken, or null. */
function problemOf(socket: TLSSocket, allowedNames: readonly string[]): string | null {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return 'The client has sent no certificate.';
  if (!socket.authorized)
    return `The certificate is none of the authorities in TLS_CA_FILE (${String(socket.authorizationError)}).`;
  // No wildcards, and nothing but alternative names.
  const options = { subject: 'never', wildcards: false } as const;
  const isAllowed = allowedNames.some((name) => certificate.checkHost(name, options) !== undefined);
  if (isAllowed) return null;
  return `None of the names of the certificate is in TLS_ALLOWED_NAMES: ${certificate.subjectAltName ?? 'it has none'}.`;
}

function refusalFor(problem: string): JsonApiError {
  const detail = `${problem} Requests need a client certificate that this service was set up for.`;
  return new JsonApiError(certificateProblem('certificate-refused', detail), {
    'www-authenticate': CERTIFICATE_CHALLENGE,
  });
}
