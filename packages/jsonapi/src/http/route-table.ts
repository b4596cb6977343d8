interface RouteTable {
  add(pattern: string, method: string | readonly string[]): void;
  /** What may be done at an address, in alphabetical order, OPTIONS included; empty when nothing is there. */
  methodsOf(url: string): string[];
}

/** Which methods an address has. Fastify's router only says that one method has no route; this is asked in that case alone. */
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
  };
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
