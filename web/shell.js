// What the service workers of pages have in common: after the first visit a page opens without any network.
// Its files are a fixed list, fetched whole under one version and served from the cache, so that a page never
// runs half old and half new. The server writes into VERSION what follows from the bytes of all files named beside it:
// a changed file is a new version, fetched at the next visit with network.
// Nothing else is touched: requests to the server are the page's own affair.
//
//   importScripts('/shell.js');
//   keepShell('wallet-…', […]);

function keepShell(version, files) {
  const kind = version.slice(0, version.indexOf('-') + 1); // other pages' caches are not ours

  async function install() {
    const cache = await caches.open(version);
    await cache.addAll(files.map((path) => new Request(path, { cache: 'reload' }))); // not from the browser's own cache
    await self.skipWaiting();
  }

  async function activate() {
    const old = (await caches.keys()).filter((name) => name.startsWith(kind) && name !== version);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  }

  async function fromShell(path, request) {
    const cache = await caches.open(version);
    return (await cache.match(path)) ?? fetch(request);
  }

  self.addEventListener('install', (event) => event.waitUntil(install()));
  self.addEventListener('activate', (event) => event.waitUntil(activate()));
  self.addEventListener('fetch', (event) => {
    const { origin, pathname } = new URL(event.request.url);
    if (event.request.method !== 'GET' || origin !== self.location.origin) return;
    if (files.includes(pathname)) event.respondWith(fromShell(pathname, event.request));
  });
}
