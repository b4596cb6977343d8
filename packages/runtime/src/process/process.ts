import { SettingsError } from './settings.ts';
import { StartupError } from './startup-error.ts';

export interface RunningService {
  /** Where it listens, for a person: `http://127.0.0.1:8001`. */
  address: string;
  /** Stops taking work, ends what runs, closes files. */
  close(): Promise<void>;
}

export interface ServiceProcess {
  name: string;
  start(): Promise<RunningService>;
  /** How long `close()` may take before the process exits with 1 all the same. */
  deadlineMs?: number;
}

/** A reader that doesn't read keeps nobody from ending. */
const LAST_WORDS_MS = 2_000;

/**
 * The life of a process, for `main.ts` alone. Exit code 0 after a stop that was asked for (SIGINT,
 * SIGTERM, or the death of a parent that spawned it with an IPC channel), 1 for everything else: a
 * start that failed (one clear line on stderr), a close past its deadline, an error nobody caught.
 * A parent with an IPC channel is sent `{ type: 'ready', address }`, or `{ type: 'cannot-start' }`
 * when a person has to mend something first, so that starting again is of no use.
 */
export function runService({ name, start, deadlineMs = 10_000 }: ServiceProcess): void {
  let stopping = false;
  const started = Promise.resolve().then(start);

  function stop(): void {
    // Whoever presses Ctrl-C twice still gets every answer that is on its way; the deadline is the
    // bound.
    if (stopping) return;
    stopping = true;
    setTimeout(() => {
      report(name, `did not stop within ${deadlineMs / 1000} s and was ended`);
      process.exit(1);
    }, deadlineMs);
    started
      .then((service) => service.close())
      .then(
        () => process.exit(0),
        (error: unknown) => crash(name, 'failed to stop', error),
      );
  }

  // Output to a parent that is gone, or to a full disk, must not keep the rest from closing well.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('disconnect', stop);
  process.on('uncaughtException', (error) => crash(name, 'uncaught exception', error));
  process.on('unhandledRejection', (error) => crash(name, 'unhandled rejection', error));

  started.then(
    ({ address }) => {
      // A parent that has just gone is noticed by `disconnect`.
      if (process.connected) process.send?.({ type: 'ready', address }, () => {});
    },
    (error: unknown) => {
      const line = startupLine(error);
      if (line === undefined) return crash(name, 'failed to start', error);
      setTimeout(() => process.exit(1), LAST_WORDS_MS);
      process.stderr.write(`${line}\n`, () => {
        if (!process.connected) process.exit(1);
        process.send?.({ type: 'cannot-start' }, () => process.exit(1));
      });
    },
  );
}

/** What a person can act on, or nothing when it is a bug. */
function startupLine(error: unknown): string | undefined {
  if (error instanceof StartupError || error instanceof SettingsError) return error.message;
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const port = 'port' in error ? String(error.port) : '?';
  const host = 'address' in error ? String(error.address) : '?';
  if (error.code === 'EADDRINUSE')
    return `Port ${port} is already in use. Stop the other program or set PORT to a free one.`;
  if (error.code === 'EACCES' && 'port' in error)
    return `Port ${port} may not be used by this account. Set PORT to one above 1023.`;
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return `${host} is not an address of this machine. Set HOST to 127.0.0.1 or 0.0.0.0.`;
  return undefined;
}

/**
 * Ends the process for what no request may be answered after: the error is thrown where nothing
 * catches it.
 */
export function endProcess(error: Error): void {
  setImmediate(() => {
    throw error;
  });
}

/** Ends at once. Nothing is flushed: what can't be written now would be waited for. */
function crash(name: string, event: string, error: unknown): void {
  report(name, event, error);
  process.exit(1);
}

/** One JSON line like the service's log, written at once: the process is about to end. */
function report(name: string, event: string, error?: unknown): void {
  const err =
    error instanceof Error
      ? { type: error.name, message: error.message, stack: error.stack }
      : error;
  process.stderr.write(
    `${JSON.stringify({ level: 'fatal', time: Date.now(), service: name, err, msg: `${name}: ${event}` })}\n`,
  );
}
