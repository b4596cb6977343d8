import { readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  mapFiles,
  MOST_TLS_BYTES,
  tlsEnd,
  tlsFileSettings,
  tlsProblem,
  type TlsCredentials,
  type TlsFiles,
  type TlsSettings,
} from './tls-settings.ts';

/** A log of Fastify is one. */
interface TlsLog {
  info(fields: object, line: string): void;
  warn(fields: object, line: string): void;
}

/** What a process shows others of itself by TLS. It changes with its files. */
export interface TlsIdentity {
  readonly current: TlsCredentials;
  /** Told of each change, with what was before. */
  onChange(listener: (now: TlsCredentials, before: TlsCredentials) => void): void;
  /** Looks after the files from now on, until it is stopped. */
  watch(log: TlsLog): void;
  stop(): void;
}

/** How often the files are read. What is new is used when it was read twice. */
const READ_EVERY_MS = 5_000;
const WARN_BEFORE_MS = 14 * 86_400_000;
const WARN_EVERY_MS = 86_400_000;

/**
 * All three files are read, whole, each few seconds: a mount of Kubernetes changes by a link, which
 * a watch of a file misses. What is new replaces the old at once, all three together, once two
 * readings agree, so that none is used that is just being written. When the new ones can't be used
 * together, the old ones stay, and one line says why.
 */
export function openTlsIdentity(
  { files, credentials }: TlsSettings,
  readEveryMs = READ_EVERY_MS,
): TlsIdentity {
  const end = new AbortController();
  const listeners: Parameters<TlsIdentity['onChange']>[0][] = [];
  let current = credentials;
  let read: TlsCredentials | string = credentials;
  let judged: TlsCredentials | string = credentials;

  function judge(log: TlsLog): void {
    judged = read;
    const problem = typeof read === 'string' ? read : tlsProblem(read);
    if (typeof read === 'string' || problem !== null)
      return log.warn({ problem }, 'the new certificates are not used, the old ones stay');
    const before = current;
    current = read;
    for (const listener of listeners) listener(current, before);
    log.info({ end: tlsEnd(current).toISOString() }, 'new certificates are used');
  }

  async function follow(log: TlsLog): Promise<void> {
    const warn = endWarning(log);
    while (!end.signal.aborted) {
      warn(current);
      const pause = { ref: false, signal: end.signal };
      await sleep(readEveryMs, undefined, pause).catch(() => {});
      const before = read;
      read = await readFiles(files);
      const isSettled = isDeepStrictEqual(read, before);
      if (isSettled && !isDeepStrictEqual(read, judged) && !end.signal.aborted) judge(log);
    }
  }

  return {
    get current() {
      return current;
    },
    onChange: (listener) => void listeners.push(listener),
    watch: (log) => void follow(log),
    stop: () => end.abort(),
  };
}

/** What is wrong in place of what they hold. */
async function readFiles(files: TlsFiles): Promise<TlsCredentials | string> {
  const problems: string[] = [];
  const texts = mapFiles(async (part) => {
    try {
      const { size } = await stat(files[part]);
      if (size > MOST_TLS_BYTES) throw new Error(`${size} bytes`);
      return (await readFile(files[part], 'utf8')).replace(/\r?\n$/, '');
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      problems.push(`${tlsFileSettings[part]} names a file that can't be read (${code}).`);
      return '';
    }
  });
  const credentials = { cert: await texts.cert, key: await texts.key, ca: await texts.ca };
  return problems.length > 0 ? problems.sort().join(' ') : credentials;
}

/** Says once a day that the own certificate ends soon. */
function endWarning(log: TlsLog): (credentials: TlsCredentials) => void {
  let warnedAtMs = -Infinity;
  return (credentials) => {
    const end = tlsEnd(credentials);
    const nowMs = Date.now();
    if (end.getTime() - nowMs > WARN_BEFORE_MS || nowMs - warnedAtMs < WARN_EVERY_MS) return;
    warnedAtMs = nowMs;
    log.warn({ end: end.toISOString() }, `renew the certificate in ${tlsFileSettings.cert}`);
  };
}
