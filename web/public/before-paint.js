// What must be known before the first paint: the theme, so that a dark page never flashes white,
// and the language, so that what the page says until the app runs can be read. A file of its own:
// the page allows no inline scripts.
(function () {
  const root = document.documentElement;
  function stored(name) {
    try {
      return localStorage.getItem(name);
    } catch {
      // Without storage the browser decides.
      return null;
    }
  }

  const theme = stored('anaquel.theme');
  const dark =
    theme === '"dark"' ||
    (theme !== '"light"' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.classList.add(dark ? 'dark' : 'light');
  const colour = document.querySelector('meta[name="theme-color"]');
  if (colour && dark) colour.setAttribute('content', '#0b0c0f');

  const languages = [stored('anaquel.locale') || '', ...navigator.languages];
  const language = languages.map((one) => one.split('-')[0]).find((one) => /^(en|es)$/.test(one));
  root.lang = language || 'en';
  // The app asks for them only once it runs.
  const texts = document.querySelector(`meta[name="texts-${root.lang}"]`);
  for (const file of texts ? texts.content.split(' ') : []) {
    const link = document.createElement('link');
    link.rel = 'modulepreload';
    link.fetchPriority = 'low';
    link.href = file;
    document.head.append(link);
  }
})();
