import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';

/** Whether the program is installed. */
export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl)
  console.warn('There is no openssl, so the tests of TLS to brokers are SKIPPED. Install it.');

/** Ends TLS in front of a server of this machine, with a certificate for `localhost`. */
export interface TlsProxy {
  readonly port: number;
  /** Its own authority, in PEM. */
  readonly certificate: string;
  close(): void;
}

/** @param target the port of the server behind it */
export async function startTlsProxy(target: number): Promise<TlsProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-tls-'));
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', keyFile, '-out', certificateFile];
  const { status, stderr } = spawnSync('openssl', ['req', '-x509', ...key, ...names, ...files]);
  if (status !== 0) throw new Error(`openssl: ${String(stderr)}`);
  const certificate = readFileSync(certificateFile, 'utf8');
  const server = createServer({ key: readFileSync(keyFile), cert: certificate }, (socket) => {
    const behind = connect(target, '127.0.0.1');
    socket.pipe(behind).pipe(socket);
    socket.on('error', () => behind.destroy());
    behind.on('error', () => socket.destroy());
  });
  rmSync(folder, { recursive: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, certificate, close: () => void server.close() };
}
