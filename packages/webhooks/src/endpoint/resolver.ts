import dns from 'node:dns/promises';

/**
 * Finds all addresses of a name: none when there is no such name, null when that could not be found
 * out in time, and `not-begun` when other names were looked up all the time. It never rejects.
 */
export type Resolver = (name: string) => Promise<Addresses | 'not-begun'>;

type Addresses = readonly string[] | null;

interface Lookup {
  /** Never rejects. */
  readonly answer: Promise<Addresses>;
  readonly settle: (answer: Addresses | Promise<Addresses>) => void;
  /** Those who have not given it up. */
  waiting: number;
}

const LOOKUP_WITHIN_MS = 5_000;
/** The whole process can do as many: Node.js gives lookups half of its four threads. */
const LOOKUPS_AT_ONCE = 2;
const SLOW_LOOKUP_MS = 1_000;
const MAX_SLOW_NAMES = 1_000;

/**
 * Asks as every program of this machine does, `/etc/hosts` included.
 *
 * A lookup keeps a thread of the process busy until it ends, whether anybody still waits or not. So
 * who asks for a name that is just being looked up waits for the same answer, and names that took
 * long the last time are looked up one at a time: the other thread is there for other names, and
 * for what else the service looks up.
 *
 * @param find all addresses of a name
 */
export function createResolver(
  find: (name: string) => Promise<readonly string[]> = findAddresses,
): Resolver {
  const queued = new Map<string, Lookup>();
  const running = new Map<string, Lookup>();
  const slowNames = createSlowNames();

  function lookUp(name: string): Lookup {
    const known = running.get(name) ?? queued.get(name);
    if (known !== undefined) return known;
    const { promise: answer, resolve: settle } = Promise.withResolvers<Addresses>();
    const lookup = { answer, settle, waiting: 0 };
    queued.set(name, lookup);
    startNext();
    return lookup;
  }

  function startNext(): void {
    let isSlowRunning = [...running.keys()].some(slowNames.has);
    for (const [name, lookup] of queued) {
      if (running.size === LOOKUPS_AT_ONCE) return;
      const isSlow = slowNames.has(name);
      if (isSlow && isSlowRunning) continue;
      isSlowRunning ||= isSlow;
      queued.delete(name);
      running.set(name, lookup);
      lookup.settle(run(name));
    }
  }

  async function run(name: string): Promise<Addresses> {
    const end = slowNames.watch(name);
    try {
      return await find(name);
    } catch (error) {
      return isAboutNoSuchName(error) ? [] : null;
    } finally {
      end();
      running.delete(name);
      startNext();
    }
  }

  return async (name) => {
    const lookup = lookUp(name);
    lookup.waiting += 1;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null | 'not-begun'>((resolve) => {
      timer = setTimeout(() => {
        resolve(queued.get(name) === lookup ? 'not-begun' : null);
      }, LOOKUP_WITHIN_MS);
    });
    const answer = await Promise.race([lookup.answer, late]);
    clearTimeout(timer);
    lookup.waiting -= 1;
    if (lookup.waiting === 0 && queued.get(name) === lookup) queued.delete(name);
    return answer;
  };
}

/** The names whose last lookup took long, or that are being looked up for long. */
function createSlowNames() {
  const names = new Set<string>();
  return {
    has: (name: string) => names.has(name),
    /** A lookup begins. What it gives is called when the lookup ends. */
    watch(name: string): () => void {
      let isSlow = false;
      const timer = setTimeout(() => {
        isSlow = true;
        const [oldest] = names;
        if (oldest !== undefined && names.size >= MAX_SLOW_NAMES) names.delete(oldest);
        names.add(name);
      }, SLOW_LOOKUP_MS);
      return () => {
        clearTimeout(timer);
        if (!isSlow) names.delete(name);
      };
    },
  };
}

async function findAddresses(name: string): Promise<string[]> {
  const found = await dns.lookup(name, { all: true, order: 'verbatim' });
  return found.map(({ address }) => address);
}

function isAboutNoSuchName(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOTFOUND' || code === 'ENODATA';
}
