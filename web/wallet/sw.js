// The service worker of the wallet: see /shell.js.

importScripts('/shell.js');

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

keepShell(VERSION, [...SHELL, ...LATER]);
