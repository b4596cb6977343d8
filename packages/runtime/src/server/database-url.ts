import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export type DatabaseUrl = { path: string } | { error: string };

const EXPECTATION = 'a file such as file:./data/shop.db or sqlite:///./shop.db';

/**
 * Reads a `DATABASE_URL`. Relative files (`file:./x.db`, `sqlite:///./x.db`, `sqlite:///x.db`) lie
 * under `cwd`; absolute ones are `file:/x.db`, `file:///x.db` and `sqlite:////x.db`. The error
 * completes "DATABASE_URL …" and never repeats the text, which may hold a password.
 */
export function parseDatabaseUrl(text: string, cwd: string): DatabaseUrl {
  if (/^postgres(ql)?:/.test(text))
    return { error: `must be ${EXPECTATION}: the data is kept in SQLite, not in PostgreSQL.` };
  const path = filePath(text);
  if (path === undefined || path === '' || path.includes('\0'))
    return { error: `must be ${EXPECTATION}.` };
  if (/[?#]/.test(path))
    return { error: 'must name a file without "?" or "#": options in it would be ignored.' };
  if (path.includes(':memory:'))
    return { error: 'must name a file: an in-memory database would lose every sale at a restart.' };
  if (/[/\\]$/.test(path)) return { error: 'must name a file, not a folder.' };
  return { path: resolve(cwd, path) };
}

/** SQLAlchemy's form counts slashes: three and a relative path, or four and an absolute one. */
function filePath(text: string): string | undefined {
  if (text.startsWith('sqlite:///')) return text.slice('sqlite:///'.length);
  if (text.startsWith('file:///')) {
    try {
      return fileURLToPath(text.replaceAll('?', '%3F').replaceAll('#', '%23'));
    } catch {
      return undefined;
    }
  }
  if (text.startsWith('file:') && !text.startsWith('file://')) return text.slice('file:'.length);
  return undefined;
}
