import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/**
 * Where the icons are that the first page shows; all others are loaded when one of them is asked
 * for.
 */
const FIRST = [
  'components/AppHeader.vue',
  'components/ErrorState.vue',
  'components/NativeSelect.vue',
  'components/PageNav.vue',
  'components/ProductCard.vue',
  'components/ThemeSwitch.vue',
  'components/ToastHost.vue',
  'pages/CataloguePage.vue',
];
/** What components of Nuxt UI show by themselves. */
const BUILT_IN = ['loader-circle', 'x', 'check', 'chevron-right', 'minus'];
const MODULES = { 'virtual:anaquel-icons': 'first', 'virtual:anaquel-icons/rest': 'rest' } as const;

interface Collection {
  readonly width?: number;
  readonly height?: number;
  readonly icons: Readonly<Record<string, { readonly body: string }>>;
  readonly aliases?: Readonly<Record<string, { readonly parent: string }>>;
}

/**
 * Gives the icons that the sources name, as `i-lucide-…`, from the set that npm installed; none
 * comes from anywhere else.
 */
export function icons(): Plugin {
  let root = '';
  const resolved = new Map<string, keyof typeof MODULES>();
  return {
    name: 'anaquel:icons',
    configResolved(config) {
      root = config.root;
    },
    resolveId(id) {
      if (!(id in MODULES)) return undefined;
      resolved.set(`\0${id}`, id as keyof typeof MODULES);
      return `\0${id}`;
    },
    load(id) {
      const name = resolved.get(id);
      if (name === undefined) return undefined;
      const first = new Set([...namesIn(root, FIRST), 'loader-circle']);
      const all = new Set([
        ...namesIn(root, globSync('**/*.{vue,ts}', { cwd: join(root, 'src') })),
        ...BUILT_IN,
      ]);
      const wanted = MODULES[name] === 'first' ? first : all.difference(first);
      return `export default ${JSON.stringify(bodiesOf(root, [...wanted].sort()))};`;
    },
  };
}

function namesIn(root: string, files: readonly string[]): string[] {
  return files.flatMap((file) => {
    const text = readFileSync(join(root, 'src', file), 'utf8');
    return [...text.matchAll(/\bi-lucide-([a-z0-9-]+)/g)].map(([, name]) => name ?? '');
  });
}

function bodiesOf(root: string, names: readonly string[]): Record<string, string> {
  const require = createRequire(join(root, 'package.json'));
  const file = require.resolve('@iconify-json/lucide/icons.json');
  const collection = JSON.parse(readFileSync(file, 'utf8')) as Collection;
  const entries = names.map((name) => {
    const icon =
      collection.icons[name] ?? collection.icons[collection.aliases?.[name]?.parent ?? ''];
    if (icon === undefined) throw new Error(`There is no icon i-lucide-${name}`);
    return [`lucide:${name}`, icon.body];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}
