import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

// The endpoint of all webhooks: it reads as little of a request as can be, and answers 204. Below
// /slow it takes its time, and a GET is answered with how many requests it has answered.

const SLOW_ANSWER_MS = 500;
const ANSWER = 'HTTP/1.1 204 No Content\r\n\r\n';

let answered = 0;

const server = createServer({ noDelay: true }, (socket) => {
  let text = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    text = text === '' ? chunk.toString('latin1') : text + chunk.toString('latin1');
    const headEnd = text.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    if (text.startsWith('GET ')) {
      const body = String(answered);
      socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
      return;
    }
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1]);
    if (text.length < headEnd + 4 + length) return;
    const isSlow = text.startsWith('POST /slow');
    text = '';
    answered += 1;
    if (isSlow) setTimeout(() => socket.write(ANSWER), SLOW_ANSWER_MS);
    else socket.write(ANSWER);
  });
});

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ address: `http://127.0.0.1:${port}` });
});
process.on('disconnect', () => process.exit());
