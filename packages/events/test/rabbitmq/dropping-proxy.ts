import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between a publisher and RabbitMQ. */
export interface DroppingProxy {
  readonly url: string;
  /** From now on the broker hears of no binding, as if it did not answer. */
  dropBindings(): void;
  /** Cuts all connections. */
  cut(): void;
  close(): void;
}

/** https://www.rabbitmq.com/amqp-0-9-1-reference#queue.bind: its class and its method. */
const QUEUE_BIND = Buffer.from([0, 50, 0, 20]);
const PROTOCOL_HEADER_BYTES = 8;
/** Of a frame before what it holds: its type, channel and length. */
const FRAME_HEAD_BYTES = 7;
const FRAME_END_BYTES = 1;

export async function startDroppingProxy(target: string): Promise<DroppingProxy> {
  const sockets = new Set<Socket>();
  let isDropping = false;
  const proxy = createServer((client) => {
    const server = connect(Number(new URL(target).port), '127.0.0.1');
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    server.pipe(client);
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
    let rest = Buffer.alloc(0);
    let isBegun = false;
    client.on('data', (data: Buffer) => {
      rest = Buffer.concat([rest, data]);
      for (let length = nextLength(rest, isBegun); length <= rest.length;) {
        const frame = rest.subarray(0, length);
        rest = rest.subarray(length);
        const isBinding = isBegun && frame.subarray(FRAME_HEAD_BYTES).indexOf(QUEUE_BIND) === 0;
        isBegun = true;
        if (!isDropping || !isBinding) server.write(frame);
        length = nextLength(rest, isBegun);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    url: target.replace(/\d+$/, String(port)),
    dropBindings: () => void (isDropping = true),
    cut,
    close() {
      cut();
      proxy.close();
    },
  };
}

/** Of the frame, or of the header of the protocol, with which these bytes begin. */
function nextLength(bytes: Buffer, isBegun: boolean): number {
  if (!isBegun) return PROTOCOL_HEADER_BYTES;
  if (bytes.length < FRAME_HEAD_BYTES) return Number.POSITIVE_INFINITY;
  return FRAME_HEAD_BYTES + bytes.readUInt32BE(3) + FRAME_END_BYTES;
}
