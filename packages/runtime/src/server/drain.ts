import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

const SWEEP_INTERVAL_MS = 50;

/**
 * A request may be on its way on a connection that looks idle from here, and would be lost with it.
 * For this long each still gets its answer, which tells the client to come with a new connection.
 */
const GRACE_MS = 200;

/** Answers on their way get this long; what is left of the process's 10 s is for closing files. */
const DRAIN_MS = 8_000;

/**
 * Lets a close end as soon as the last answer is out. Node closes the connections that are idle at
 * that moment only: ones that become idle later are closed here, and every answer from then on says
 * that its connection ends. A connection on which nothing was sent yet (browsers open such ones
 * ahead of need) is not idle to Node and would hold the close for ever.
 */
export function drainOnClose(app: FastifyInstance): void {
  const { server } = app;
  const sockets = new Set<Socket>();
  let closing = false;

  // By TLS nothing was sent yet on what the handshake made, whatever the handshake sent.
  for (const event of ['connection', 'secureConnection'])
    server.on(event, (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });

  app.addHook('preClose', (done) => {
    closing = true;
    if (!server.listening) return done();
    const { closeIdleConnections } = server;
    // Both Node and Fastify call this as they close, which is too early.
    server.closeIdleConnections = () => {};
    const closeUnused = (): void => {
      closeIdleConnections.call(server);
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    };
    let sweep: NodeJS.Timeout | undefined;
    const grace = setTimeout(() => {
      closeUnused();
      sweep = setInterval(closeUnused, SWEEP_INTERVAL_MS);
    }, GRACE_MS);
    const deadline = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.once('close', () => {
      clearTimeout(grace);
      clearInterval(sweep);
      clearTimeout(deadline);
    });
    done();
  });

  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });
}
