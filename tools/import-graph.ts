/**
 * What a file imports, re-exports, loads later or starts as a worker. Type imports count: they are
 * dependencies too.
 */
export function importsOf(text: string): string[] {
  const patterns = [
    /^(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^import\s*['"]([^'"]+)['"]/gm,
    /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g,
    /\bnew URL\(\s*['"](\.[^'"]+\.ts)['"],\s*import\.meta\.url\s*\)/g,
  ];
  const specifiers = patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => match[1] ?? ''),
  );
  return [...new Set(specifiers)];
}

/** One sentence for each circle, found by walking depth first and looking for the way back. */
export function findCircles(
  imports: ReadonlyMap<string, readonly string[]>,
  resolve: (path: string, specifier: string) => string | null,
): string[] {
  const circles: string[] = [];
  const finished = new Set<string>();
  const trail: string[] = [];

  function visit(path: string): void {
    if (finished.has(path)) return;
    const start = trail.indexOf(path);
    if (start >= 0) {
      circles.push(
        `${[...trail.slice(start), path].join(' → ')}: a circle; move what both need into a file of its own.`,
      );
      return;
    }
    trail.push(path);
    for (const specifier of imports.get(path) ?? []) {
      const target = resolve(path, specifier);
      if (target !== null && imports.has(target)) visit(target);
    }
    trail.pop();
    finished.add(path);
  }

  for (const path of imports.keys()) visit(path);
  return circles;
}
