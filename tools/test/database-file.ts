import type { DatabasePlace } from '../settings.ts';

/** The file of a database that a test has put into one. */
export function databaseFile({ database }: DatabasePlace): string {
  if (database.kind === 'sqlite') return database.path;
  throw new Error('It is on a server');
}
