/**
 * What the system calls an error, such as EADDRINUSE; else its message. SQLite has one name for all
 * of its errors.
 */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isNamed =
    'code' in error && typeof error.code === 'string' && error.code !== 'ERR_SQLITE_ERROR';
  return isNamed ? String(error.code) : error.message;
}
