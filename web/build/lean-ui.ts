import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

/**
 * What of Nuxt UI is left out. Its palette is a style element made at run time and its head manager
 * puts it there, which `style-src 'self'` refuses: `src/theme.css` says the same statically.
 * Avatars and the English texts of components that are not used here are only weight. The paths are
 * those of @nuxt/ui 4.11.2; check them on each upgrade.
 */
const REPLACED: readonly (readonly [path: string, code: string])[] = [
  ['plugins/colors.js', 'export default { install() {} };'],
  ['vue/plugins/head.js', 'export default { install() {} };'],
  ['components/Avatar.vue', '<template><span hidden /></template>'],
  ['locale/en.js', "export default { name: 'English', code: 'en', dir: 'ltr', messages: {} };"],
];

export function leanUi(): Plugin {
  return {
    name: 'anaquel:lean-ui',
    enforce: 'pre',
    load(id) {
      // In development an id ends with a query.
      const [path = ''] = id.replaceAll('\\', '/').split('?', 1);
      return REPLACED.find(([end]) => path.endsWith(`/@nuxt/ui/dist/runtime/${end}`))?.[1];
    },
  };
}

const ours = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const leanAliases = [
  // The library's own component asks another origin for icons that it lacks.
  { find: /^@iconify\/vue$/, replacement: ours('../src/icons/icon.ts') },
  // Compares anything with anything; links compare two flat queries.
  { find: /^ohash\/utils$/, replacement: ours('./flat-equality.ts') },
];
