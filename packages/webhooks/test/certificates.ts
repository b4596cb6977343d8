import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether the program is installed. */
export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl)
  console.warn('There is no openssl, so the tests of TLS to endpoints are SKIPPED. Install it.');

/** A key and a certificate that it signed itself, both in PEM. */
export function createCertificate(name: string): { key: string; certificate: string } {
  const folder = mkdtempSync(join(tmpdir(), 'anaquel-tls-'));
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const files = ['-keyout', keyFile, '-out', certificateFile];
  const { status, stderr } = spawnSync('openssl', ['req', '-x509', ...key, ...names, ...files]);
  if (status !== 0) throw new Error(`openssl: ${String(stderr)}`);
  const pair = {
    key: readFileSync(keyFile, 'utf8'),
    certificate: readFileSync(certificateFile, 'utf8'),
  };
  rmSync(folder, { recursive: true });
  return pair;
}
