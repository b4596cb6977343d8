import tailwind from '@tailwindcss/vite';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

/** Where the gateway listens while Vite serves the sources. */
const gateway = process.env['GATEWAY_URL'] ?? 'http://127.0.0.1:8000';
const forwarded = ['/api', '/session', '/health', '/openapi', '/docs'];

export default defineConfig({
  plugins: [vue(), tailwind()],
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
});
