import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import { standardOutput } from './output.ts';

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export type LogLevel = (typeof logLevels)[number];

/**
 * JSON lines to standard output, none of which is waited for: pino's own stream tries again for
 * ever on a full disk, and does so in the only thread. Keys are cut out wherever a line carries
 * headers.
 */
export function createLog(
  service: string,
  /** By which the replicas of a service differ. */
  port: number | undefined,
  level: LogLevel,
  stream: { write(line: string): void } = standardOutput(),
): FastifyBaseLogger {
  const secret = ['["x-api-key"]', '.authorization', '.cookie'];
  const base = { service, ...(port !== undefined && { port }), pid: process.pid };
  const redact = ['headers', '*.headers', '*.*.headers'].flatMap((path) =>
    secret.map((name) => path + name),
  );
  return pino(
    { level, base, formatters: { level: (label) => ({ level: label }) }, redact },
    stream,
  );
}
