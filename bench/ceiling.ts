import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// The ceiling: what node:http alone can do. It reads a body and looks at nothing.

const MEDIA_TYPE = 'application/vnd.api+json';
const answers = new Map<string | undefined, string>();

const server = createServer((request, response) => {
  const { method, url } = request;
  let body = '';
  request.setEncoding('utf8').on('data', (part: string) => (body += part));
  request.on('end', () => {
    if (method === 'PUT') answers.set(url, body);
    const text = answers.get(url) ?? '';
    response.writeHead(method === 'POST' ? 201 : 200, {
      'content-type': MEDIA_TYPE,
      'content-length': Buffer.byteLength(text),
    });
    response.end(text);
  });
});

server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ address: `http://127.0.0.1:${port}` });
});
process.once('SIGTERM', () => process.exit());
