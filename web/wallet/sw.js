// The service worker: after the first visit the wallet opens without any network.
// Its files are a fixed list, fetched whole under one version and served from the cache, so that a page never
// runs half old and half new. The server writes into VERSION what follows from the bytes of all files named here:
// a changed file is a new version, fetched at the next visit with network.
// Nothing else is touched: requests to the server are the page's own affair.

const VERSION = 'wallet-unstamped';

const SHELL = [
  '/wallet/', '/wallet/wallet.css', '/wallet/manifest.webmanifest', '/wallet/icon.svg',
  '/wallet/wallet.js', '/wallet/state.js', '/wallet/words.js', '/wallet/dialogs.js', '/wallet/finder.js', '/wallet/ticking.js', '/wallet/showing.js', '/qr.js', '/wallet/symbols.js',
  '/wallet/view-card.js', '/wallet/view-pay.js', '/wallet/view-outcome.js', '/wallet/view-welcome.js',
  '/wallet/session.js', '/wallet/codes.js', '/wallet/receipts.js', '/wallet/live.js', '/wallet/device.js', '/wallet/server.js',
  '/wallet/vault.js', '/wallet/slots.js', '/wallet/clock.js', '/wallet/payments.js', '/wallet/events.js', '/wallet/present.js', '/wallet/link.js',
  '/base.css', '/i18n.js', '/vendor/htm-preact.js', '/vendor/lean-qr.js',
  '/sdk/bytes.js', '/sdk/code.js', '/sdk/code128.js', '/sdk/crockford.js', '/sdk/dpop.js', '/sdk/errors.js',
  '/sdk/hpke.js', '/sdk/keys.js', '/sdk/profile.js', '/sdk/seed.js', '/sdk/token.js', '/sdk/typeid.js',
];

// What the page asks for once its first code is on the screen.
const LATER = [
  '/wallet/view-ride.js', '/wallet/riding.js', '/wallet/rides.js', '/wallet/view-scan.js', '/wallet/paying.js', '/wallet/unanswered.js', '/wallet/view-receipt.js',
  '/wallet/view-history.js', '/wallet/view-settings.js', '/wallet/words-later.js', '/amount.js', '/hold.js',
  '/sdk/pass.js', '/sdk/cose.js', '/sdk/shop.js', '/sdk/currency.js',
];

const FILES = [...SHELL, ...LATER];

async function install() {
  const cache = await caches.open(VERSION);
  await cache.addAll(FILES.map((path) => new Request(path, { cache: 'reload' }))); // not from the browser's own cache
  await self.skipWaiting();
}

async function activate() {
  const old = (await caches.keys()).filter((name) => name.startsWith('wallet-') && name !== VERSION);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function fromShell(path, request) {
  const cache = await caches.open(VERSION);
  return (await cache.match(path)) ?? fetch(request);
}

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));
self.addEventListener('fetch', (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (event.request.method !== 'GET' || origin !== self.location.origin) return;
  if (FILES.includes(pathname)) event.respondWith(fromShell(pathname, event.request));
});
