import { createPrivateKey, X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { readSecretFile } from './secret-file.ts';
import type { SettingsReader } from './settings.ts';

/** By what a process shows who it is, and the authorities by which it knows others: PEM. */
export interface TlsCredentials {
  /** Its own certificate, and those between it and the authority. */
  readonly cert: string;
  readonly key: string;
  /** One authority or several. */
  readonly ca: string;
}

export interface TlsSettings {
  /** Where they are read again while the process runs. */
  readonly files: TlsFiles;
  /** As they are now. */
  readonly credentials: TlsCredentials;
}

export type TlsFiles = Readonly<Record<keyof TlsCredentials, string>>;

/** The settings of a server that takes requests from certain clients only. */
export interface TlsServerSettings extends TlsSettings {
  /** One of these is a name of each client, in its certificate. */
  readonly allowedNames: readonly string[];
}

export const tlsFileSettings = {
  cert: 'TLS_CERT_FILE',
  key: 'TLS_KEY_FILE',
  ca: 'TLS_CA_FILE',
} as const;

/** `www-authenticate` of a 403 that is about the client's certificate, and not about its key. */
export const CERTIFICATE_CHALLENGE = 'Certificate';

/** Bundles of authorities have a few hundred certificates at most. */
export const MOST_TLS_BYTES = 1_048_576;

/**
 * Reads the three files; null when none is set. What is wrong with them is added to the reader's
 * problems.
 * @param folder where relative paths start
 */
export function readTlsSettings(settings: SettingsReader, folder: string): TlsSettings | null {
  const paths = mapFiles((part) => settings.optional(tlsFileSettings[part]));
  const names = Object.values(tlsFileSettings);
  const missing = names.filter((name) => settings.optional(name) === undefined);
  if (missing.length === names.length) return null;
  if (missing.length > 0) {
    settings.problems.push(
      `${missing.join(' and ')} must be set too: TLS needs all of ${names.join(', ')}.`,
    );
    return null;
  }
  const files = mapFiles((part) => resolve(folder, paths[part] ?? ''));
  const problemsBefore = settings.problems.length;
  const credentials = mapFiles((part) => {
    const file = readSecretFile(files[part], MOST_TLS_BYTES);
    if ('problem' in file) settings.problems.push(`${tlsFileSettings[part]} ${file.problem}`);
    else if (part === 'key' && file.isOpen)
      settings.warnings.push(
        `${tlsFileSettings.key} names a file that every user of the machine may read. Take that right away with: chmod o-r`,
      );
    return 'problem' in file ? '' : file.text;
  });
  if (settings.problems.length > problemsBefore) return null;
  const problem = tlsProblem(credentials);
  if (problem !== null) settings.problems.push(problem);
  return { files, credentials };
}

/** The same, and which clients there are: required where the files are set. */
export function readTlsServerSettings(
  settings: SettingsReader,
  folder: string,
): TlsServerSettings | null {
  const allowedNames = settings.list('TLS_ALLOWED_NAMES', {
    default: [],
    pattern: /^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*$/i,
    hint: 'a list of DNS names of client certificates such as gateway',
  });
  const tls = readTlsSettings(settings, folder);
  if (tls === null) return null;
  if (allowedNames.length === 0) {
    settings.problems.push(
      'TLS_ALLOWED_NAMES must be set too: the DNS names of the client certificates whose requests are taken, such as gateway,inventory.',
    );
  }
  if (settings.optional('METRICS_PORT') === undefined) {
    settings.problems.push(
      'METRICS_PORT must be set too: health checks and Prometheus, which have no certificate, are answered there.',
    );
  }
  return { ...tls, allowedNames };
}

/** Why these can't be used together, or null. */
export function tlsProblem({ cert, key, ca }: TlsCredentials): string | null {
  const { cert: certName, key: keyName, ca: caName } = tlsFileSettings;
  const own = certificateIn(cert);
  if (own === null) return `${certName} must name a file with a certificate in PEM form.`;
  const privateKey = attempt(() => createPrivateKey(key));
  if (privateKey === null)
    return `${keyName} must name a file with a private key in PEM form, without a passphrase.`;
  if (!own.checkPrivateKey(privateKey))
    return `${keyName} must name the key of the certificate in ${certName}, not that of another one.`;
  const authorities = certificateBlocks(ca);
  if (authorities.length === 0 || authorities.some((block) => certificateIn(block) === null))
    return `${caName} must name a file with the certificates of authorities in PEM form.`;
  if (own.validToDate.getTime() <= Date.now())
    return `The certificate in ${certName} ended at ${own.validToDate.toISOString()}: renew it.`;
  if (attempt(() => createSecureContext({ cert, key, ca })) === null)
    return `${certName}, ${keyName} and ${caName} must name files that TLS can use together.`;
  return null;
}

/** When a process can't be called, or call, any more. */
export function tlsEnd({ cert }: TlsCredentials): Date {
  return new X509Certificate(cert).validToDate;
}

/** One value for each of the three files. */
export function mapFiles<Value>(
  valueOf: (part: keyof TlsCredentials) => Value,
): Record<keyof TlsCredentials, Value> {
  return { cert: valueOf('cert'), key: valueOf('key'), ca: valueOf('ca') };
}

function certificateBlocks(text: string): string[] {
  return text.split(/(?=-----BEGIN )/).filter((block) => block.startsWith('-----BEGIN '));
}

function certificateIn(text: string): X509Certificate | null {
  return attempt(() => new X509Certificate(text));
}

function attempt<Value>(work: () => Value): Value | null {
  try {
    return work();
  } catch {
    return null;
  }
}
