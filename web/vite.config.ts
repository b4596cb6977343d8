import ui from '@nuxt/ui/vite';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';
import { icons } from './build/icons.ts';
import { leanAliases, leanUi } from './build/lean-ui.ts';
import { uiTheme } from './build/ui-theme.ts';

/** Where the gateway listens while Vite serves the sources. */
const gateway = process.env['GATEWAY_URL'] ?? 'http://127.0.0.1:8000';
const forwarded = ['/api', '/session', '/health', '/openapi', '/docs'];

export default defineConfig(({ command }) => ({
  plugins: [
    leanUi(),
    icons(),
    vue(),
    ui({
      colorMode: false,
      autoImport: false,
      components: { dts: 'components.d.ts', dirs: [] },
      icon: { clientBundle: false },
      ui: uiTheme,
      // In development a component that is used for the first time must be there without a restart.
      experimental: { componentDetection: command === 'build' },
    }),
  ],
  resolve: { alias: leanAliases },
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_I18N_LEGACY_API__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
    // `src/i18n/message-compiler.ts` takes its place.
    __INTLIFY_DROP_MESSAGE_COMPILER__: true,
  },
  build: {
    target: 'es2022',
    // An inlined file is a data: address, which the page's policy refuses.
    assetsInlineLimit: 0,
    manifest: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: Object.fromEntries(forwarded.map((path) => [path, { target: gateway }])),
  },
}));
