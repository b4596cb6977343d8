// Before the first paint, so that a dark page never flashes white. A file of its own: the page
// allows no inline scripts.
(function () {
  const root = document.documentElement;
  let chosen = null;
  try {
    chosen = JSON.parse(localStorage.getItem('anaquel.theme'));
  } catch {
    // Without storage the system decides.
  }
  const dark =
    chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.classList.add(dark ? 'dark' : 'light');
  const colour = document.querySelector('meta[name="theme-color"]');
  if (colour && dark) colour.setAttribute('content', '#0b0c0f');
})();
