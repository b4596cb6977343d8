import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
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

/** Puts the mark of `AppLogo.vue` into the pages, which show it before the app runs. */
const mark: Plugin = {
  name: 'mark',
  transformIndexHtml: {
    order: 'pre',
    handler(html) {
      const logo = readFileSync(join(import.meta.dirname, 'src/components/AppLogo.vue'), 'utf8');
      const [svg = ''] = /<svg.*<\/svg>/s.exec(logo) ?? [];
      return html.replace('<!-- mark -->', svg);
    },
  },
};

/** A page, by the folder of its app. */
const PAGES = { 'index.html': 'shop', 'office.html': 'office' } as const;

/** Of a slow network the style has all, so that one soon sees something. */
const LATER = { fetchpriority: 'low' };

/**
 * What a page needs before it knows so: its font, and the texts of each language, which
 * `public/before-paint.js` loads.
 */
const early: Plugin = {
  name: 'early',
  transformIndexHtml: {
    order: 'post',
    handler(html, { bundle, filename }) {
      if (bundle === undefined) return html;
      const files = Object.values(bundle);
      const app = PAGES[basename(filename) as keyof typeof PAGES];
      const textsOf = (name: string) =>
        files.find((one) => one.type === 'chunk' && one.facadeModuleId?.endsWith(`/${name}.ts`));
      const texts = ['en', 'es'].map((locale) => ({
        tag: 'meta',
        attrs: {
          name: `texts-${locale}`,
          content: [locale, `${locale}-${app}`]
            .map((name) => `/${textsOf(`i18n/${name}`)?.fileName}`)
            .join(' '),
        },
        injectTo: 'head-prepend' as const,
      }));
      const font = files.find(({ fileName }) => /inter-latin-wght-normal.*woff2$/.test(fileName));
      const rel = 'preload';
      const attrs = { rel, href: `/${font?.fileName}`, as: 'font', type: 'font/woff2', ...LATER };
      return {
        html: html.replaceAll('<link rel="modulepreload"', `$& fetchpriority="low"`),
        tags: [...texts, { tag: 'link', attrs: { ...attrs, crossorigin: true }, injectTo: 'head' }],
      };
    },
  },
};

/** Names the files of the page without a network by what is in them, in their worker. */
const offline: Plugin = {
  name: 'offline',
  apply: 'build',
  writeBundle({ dir = '' }) {
    const worker = join(dir, 'sw.js');
    const text = readFileSync(worker, 'utf8');
    const [, names = ''] = /FILES = \[([^\]]+)\]/.exec(text) ?? [];
    const hash = createHash('sha256').update(text);
    for (const [, name] of names.matchAll(/'\/([^']+)'/g))
      hash.update(readFileSync(join(dir, name ?? '')));
    writeFileSync(worker, text.replace('development', hash.digest('hex').slice(0, 12)));
  },
};

/** Unless it is told otherwise, zxing fetches its WebAssembly from a CDN: here it names none. */
const noCdn: Plugin = {
  name: 'no-cdn',
  transform: {
    filter: { id: /zxing-wasm/ },
    handler: (code) => code.replace('https://fastly.jsdelivr.net/npm/', '/'),
  },
};

export default defineConfig({
  plugins: [vue(), tailwind(), office, mark, noCdn, early, offline],
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
