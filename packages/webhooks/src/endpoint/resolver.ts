import { lookup } from 'node:dns/promises';

/**
 * Finds all addresses of a name: none when there is no such name, null when that could not be found
 * out in time. It never rejects.
 */
export type Resolver = (name: string) => Promise<readonly string[] | null>;

const LOOKUP_WITHIN_MS = 5_000;

/**
 * Asks as every program of this machine does, `/etc/hosts` included.
 *
 * Who asks for a name that is just being looked up waits for the same answer: a lookup keeps a
 * thread of the process busy until it ends, whether anybody still waits or not.
 *
 * @param find all addresses of a name
 */
export function createResolver(
  find: (name: string) => Promise<readonly string[]> = findAddresses,
): Resolver {
  const lookups = new Map<string, Promise<readonly string[] | null>>();

  function lookUp(name: string): Promise<readonly string[] | null> {
    const running = lookups.get(name);
    if (running !== undefined) return running;
    const started = find(name)
      .catch((error: unknown) => (isAboutNoSuchName(error) ? [] : null))
      .finally(() => lookups.delete(name));
    lookups.set(name, started);
    return started;
  }

  return async (name) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), LOOKUP_WITHIN_MS);
    });
    try {
      return await Promise.race([lookUp(name), late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

async function findAddresses(name: string): Promise<string[]> {
  const found = await lookup(name, { all: true, order: 'verbatim' });
  return found.map(({ address }) => address);
}

function isAboutNoSuchName(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOTFOUND' || code === 'ENODATA';
}
