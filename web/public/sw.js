// Shows a page of the shop's own when the network can't be reached. It keeps that page and nothing
// else: every other request goes to the network as if this were not here, so an old app or an old
// answer can't come of it (docs/decisions/0085-offline-there-is-a-page.md).
const CACHE = 'anaquel-offline-development';
const PAGE = '/offline.html';
const FILES = ['/offline.html', '/offline.css', '/before-paint.js', '/favicon.svg'];

addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: 'reload' }))))
      .then(() => skipWaiting()),
  );
});

addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))),
      )
      // Else a page would wait until this has started.
      .then(() => registration.navigationPreload?.enable()),
  );
});

addEventListener('fetch', (event) => {
  const { request } = event;
  const { pathname } = new URL(request.url);
  if (request.mode === 'navigate') event.respondWith(pageOf(event));
  else if (request.method === 'GET' && FILES.includes(pathname))
    event.respondWith(fetch(request).catch((error) => kept(pathname, error)));
});

async function pageOf({ request, preloadResponse }) {
  try {
    return (await preloadResponse) ?? (await fetch(request));
  } catch (error) {
    return kept(PAGE, error);
  }
}

async function kept(file, error) {
  const answer = await caches.match(file, { cacheName: CACHE });
  if (answer === undefined) throw error;
  return answer;
}
