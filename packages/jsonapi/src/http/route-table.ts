import { nearestNames } from './nearest-names.ts';

interface RouteTable {
  add(pattern: string, method: string | readonly string[]): void;
  /**
   * What may be done at an address, in alphabetical order, OPTIONS included; empty when nothing is
   * there.
   */
  methodsOf(url: string): string[];
  /**
   * The addresses that a path which is none of them may have meant, at most three, the likeliest
   * first.
   */
  nearestTo(path: string): string[];
}

/** Paths with more segments are not compared. */
const MAX_SEGMENTS = 12;
const MAX_SUGGESTIONS = 3;

/**
 * The methods of each address. Fastify's router only says that one method has no route; this table
 * serves that case alone.
 */
export function createRouteTable(): RouteTable {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  return {
    add(pattern, method) {
      // A catch-all (preflight handlers have one) says nothing about a single address.
      if (pattern === '*' || pattern === '/*') return;
      let route = routes.get(pattern);
      if (route === undefined) {
        route = { pattern: toRegExp(pattern), methods: new Set() };
        routes.set(pattern, route);
      }
      for (const name of [method].flat()) route.methods.add(name);
    },
    methodsOf(url) {
      const path = url.split('?', 1)[0] ?? '';
      const methods = new Set<string>();
      for (const route of routes.values()) {
        if (route.pattern.test(path)) for (const method of route.methods) methods.add(method);
      }
      if (methods.size > 0) methods.add('OPTIONS');
      return [...methods].sort();
    },
    nearestTo(path) {
      const segments = path.split('/').filter((segment) => segment !== '');
      if (segments.length === 0 || segments.length > MAX_SEGMENTS) return [];
      const costs = new Map<string, number>();
      for (const pattern of routes.keys()) {
        const near = pattern.includes('*') ? null : nearPath(segments, pattern.slice(1).split('/'));
        if (near !== null) costs.set(near.path, near.cost);
      }
      return [...costs]
        .sort(([, one], [, other]) => one - other)
        .slice(0, MAX_SUGGESTIONS)
        .map(([near]) => near);
    },
  };
}

/**
 * The address of a pattern that the segments of a path may stand for, or null: each is near its
 * counterpart, and the first ones of the pattern, such as a version, may be missing.
 */
function nearPath(
  segments: readonly string[],
  pattern: readonly string[],
): { path: string; cost: number } | null {
  const missing = pattern.length - segments.length;
  if (missing < 0) return null;
  let shared = 0;
  while (shared < segments.length && segments[shared] === pattern[shared]) shared += 1;
  const start = pattern.slice(0, shared + missing);
  const end = pattern.slice(shared + missing);
  // An unknown collection is no resource of another one.
  if (missing > 0 && [...start, end[0]].some(isParameter)) return null;
  let cost = 2 * missing;
  const rest = end.map((counterpart, index) => {
    const segment = segments[shared + index] ?? '';
    if (isParameter(counterpart) || segment === counterpart) return segment;
    cost += 1;
    return nearestNames(segment, [counterpart])[0];
  });
  if (rest.includes(undefined)) return null;
  return { path: `/${[...start, ...rest].join('/')}`, cost };
}

function isParameter(segment: string | undefined): boolean {
  return segment?.startsWith(':') === true;
}

function toRegExp(pattern: string): RegExp {
  const source = pattern
    .split(/(:[A-Za-z0-9_]+|\*)/)
    .map((part) =>
      part === '*'
        ? '.*'
        : part.startsWith(':')
          ? '[^/]+'
          : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'),
    )
    .join('');
  return new RegExp(`^${source}$`);
}
