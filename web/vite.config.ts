import tailwind from '@tailwindcss/vite';
import vue from '@vitejs/plugin-vue';
import { defineConfig, type Plugin } from 'vite';
import { isOfficePath } from './src/office-path.ts';

/** Where the gateway listens while Vite serves the sources. */
const gateway = process.env['GATEWAY_URL'] ?? 'http://127.0.0.1:8000';
const forwarded = ['/api', '/session', '/health', '/openapi', '/docs'];

/** Serves the page of the office as the gateway does. */
const office: Plugin = {
  name: 'office',
  configureServer({ middlewares }) {
    middlewares.use((request, _response, next) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      if (isOfficePath(pathname)) request.url = '/office.html';
      next();
    });
  },
};

export default defineConfig({
  plugins: [vue(), tailwind(), office],
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
    rolldownOptions: { input: ['index.html', 'office.html'] },
    manifest: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: Object.fromEntries(forwarded.map((path) => [path, { target: gateway }])),
  },
});
