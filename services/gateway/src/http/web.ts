import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Nothing but what the gateway itself serves is loaded or called, and nothing inline runs. */
const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
  "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

const FEATURES = 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()';

const HEADERS = {
  'content-security-policy': POLICY,
  'referrer-policy': 'same-origin',
  'permissions-policy': FEATURES,
  'cross-origin-opener-policy': 'same-origin',
};

/** The office reads codes by the camera, with WebAssembly where the browser can't by itself. */
const OFFICE_HEADERS = {
  'content-security-policy': POLICY.replace("script-src 'self'", "$& 'wasm-unsafe-eval'"),
  'permissions-policy': FEATURES.replace('camera=()', 'camera=(self)'),
};

/** Their names carry a hash of what is in them: another content has another name. */
const HASHED = /\/assets\/[^/]+$/;
const FOR_EVER = 'public, max-age=31536000, immutable';
const ASK_EACH_TIME = 'no-cache';

/** What those see who run the shop is a page of its own. */
const OFFICE = /^manage(?:\/|$)/;

/** As these pages were called before there was an office. */
const MOVED = /^(?:activity|sign-in|status)$/;

/** Below these nothing is a page of the app, so that an unknown address there is told to be one. */
const NO_PAGES = /^(?:api|docs|health|internal|metrics|openapi|session)(?:[/.]|$)/;

/** The built web app. Its own addresses, which no file has, are answered with the page of the
 * shop, or of the office. */
export async function webRoutes(
  app: FastifyInstance,
  { folder }: { folder: string },
): Promise<void> {
  await app.register(fastifyStatic, {
    root: folder,
    serve: false,
    // A build may come later; the page below says how.
    suppressWarning: true,
    dotfiles: 'ignore',
    index: false,
    cacheControl: false,
    // The largest file is a font: nobody needs a part of one.
    acceptRanges: false,
    preCompressed: true,
    setHeaders(reply, path) {
      void reply.header('cache-control', HASHED.test(path) ? FOR_EVER : ASK_EACH_TIME);
    },
  });
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(HEADERS);
    done();
  });

  app.get('/*', { schema: { hide: true } }, (request, reply) => {
    const path = (request.params as { '*': string })['*'];
    const isFile = path.split('/').at(-1)?.includes('.');
    const isNowhere = NO_PAGES.test(path) || (isFile && !existsSync(join(folder, path)));
    if (isNowhere)
      return request.headers.accept?.includes('text/html')
        ? nothingHere(reply)
        : reply.callNotFound();
    if (isFile) return reply.sendFile(path);
    if (MOVED.test(path)) return reply.redirect(`/manage${request.url}`);
    const isOffice = OFFICE.test(path);
    const page = isOffice ? 'office.html' : 'index.html';
    if (!existsSync(join(folder, page))) return notBuilt(reply);
    if (isOffice) reply.headers(OFFICE_HEADERS);
    return reply.sendFile(page);
  });
}

/** For people: programs are told so in JSON. */
function nothingHere(reply: FastifyReply): FastifyReply {
  return reply.code(404).type('text/html; charset=utf-8').send(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Anaquel: 404</title>
<h1>Nothing was found here</h1>
<p>The address may be misspelt, or what it led to is gone. <a href="/">To the shop</a></p>
<div lang="es">
<h2>Aquí no hay nada</h2>
<p>Quizá la dirección esté mal escrita, o lo que había ya no está. <a href="/">A la tienda</a></p>
</div>
</html>
`);
}

function notBuilt(reply: FastifyReply): FastifyReply {
  return reply.code(503).type('text/html; charset=utf-8').send(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Anaquel</title>
<h1>The web app is not built</h1>
<p>Build it with <code>npm run build</code>, then load this page again. <code>npm start</code> builds it by itself.</p>
<p>The APIs work all the same: see <a href="/docs">their documentation</a>.</p>
</html>
`);
}
