import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** An authority of certificates, made for a test. */
export interface TlsAuthority {
  /** PEM. */
  readonly ca: string;
  /** A certificate with these names; an address such as `127.0.0.1` is one too. */
  issue(names: readonly string[], options?: { endsInMs: number }): IssuedCertificate;
}

/** PEM. */
export interface IssuedCertificate {
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;
const LIFE_MS = 90 * DAY_MS;

/**
 * Node can read certificates and not make them, and packages that can bring twenty others: this
 * writes the few members that a test needs. https://www.rfc-editor.org/rfc/rfc5280#section-4.1
 */
export function createTlsAuthority(name = 'Test'): TlsAuthority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const isAuthority = extension('551d13', der(0x30, der(0x01, Buffer.from([0xff]))), true);
  const certificate = (parts: Omit<Parts, 'issuer'>): string =>
    signed({ ...parts, issuer: name }, own.privateKey);
  return {
    ca: certificate({
      subject: name,
      publicKey: own.publicKey,
      extensions: [isAuthority],
      endsInMs: LIFE_MS,
    }),
    issue(names, { endsInMs } = { endsInMs: LIFE_MS }) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const extensions = [extension('551d11', der(0x30, ...names.map(generalName)))];
      return {
        cert: certificate({ subject: names[0] ?? 'nobody', publicKey, extensions, endsInMs }),
        key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
      };
    },
  };
}

/** Writes the three files that settings name, and gives those settings. */
export function writeTlsFiles(
  folder: string,
  { ca, cert, key }: IssuedCertificate & { readonly ca: string },
): { TLS_CERT_FILE: string; TLS_KEY_FILE: string; TLS_CA_FILE: string } {
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  return {
    TLS_CERT_FILE: write('tls.crt', cert),
    TLS_KEY_FILE: write('tls.key', key),
    TLS_CA_FILE: write('ca.crt', ca),
  };
}

interface Parts {
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly endsInMs: number;
}

function signed({ issuer, subject, publicKey, extensions, endsInMs }: Parts, key: KeyObject) {
  const nowMs = Date.now();
  const content = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_SHA256,
    commonName(issuer),
    der(0x30, time(nowMs - DAY_MS), time(nowMs + endsInMs)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, ...extensions)),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', content, key)]);
  const base64 = der(0x30, content, ECDSA_SHA256, der(0x03, signature)).toString('base64');
  const lines = base64.replaceAll(/.{64}/g, '$&\n').trim();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

const ECDSA_SHA256 = der(0x30, oid('2a8648ce3d040302'));

function commonName(text: string): Buffer {
  return der(0x30, der(0x31, der(0x30, oid('550403'), der(0x0c, Buffer.from(text)))));
}

function generalName(name: string): Buffer {
  return /^[\d.]+$/.test(name)
    ? der(0x87, Buffer.from(name.split('.').map(Number)))
    : der(0x82, Buffer.from(name));
}

function extension(id: string, value: Buffer, isCritical = false): Buffer {
  const critical = isCritical ? [der(0x01, Buffer.from([0xff]))] : [];
  return der(0x30, oid(id), ...critical, der(0x04, value));
}

function time(atMs: number): Buffer {
  const digits = new Date(atMs).toISOString().replaceAll(/\D/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

/** @param hex its encoding */
function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

/** A value of ASN.1 by its tag, in the one way that DER allows. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : [0x82, length >> 8, length & 255];
  if (length >= 128 && length < 256) size.splice(0, 2, 0x81);
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
