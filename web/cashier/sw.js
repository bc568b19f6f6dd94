// The service worker of the cashier page: see /shell.js. A till must open when the network is gone, and so must its camera.

importScripts('/shell.js');

const VERSION = 'cashier-unstamped';

keepShell(VERSION, [
  '/cashier/', '/cashier/cashier.css', '/cashier/app.js', '/cashier/cashier.js', '/cashier/checkout.js', '/cashier/code.js', '/cashier/day.js',
  '/cashier/icons.js', '/cashier/issuer.js', '/cashier/journal.js', '/cashier/offline.js', '/cashier/orders.js', '/cashier/outcome.js',
  '/cashier/receipts.js', '/cashier/refund.js', '/cashier/refunds.js', '/cashier/sale.js', '/cashier/scanning.js', '/cashier/server.js',
  '/cashier/setup.js', '/cashier/shift.js', '/cashier/showing.js', '/cashier/sound.js', '/cashier/statement.js', '/cashier/station.js',
  '/cashier/till.js', '/cashier/today.js', '/cashier/words.js',
  '/base.css', '/amount.js', '/i18n.js', '/qr.js', '/scan.js', '/sound.js',
  '/sdk/bytes.js', '/sdk/cose.js', '/sdk/currency.js', '/sdk/errors.js', '/sdk/receipt.js', '/sdk/shop.js', '/sdk/typeid.js',
  '/vendor/htm-preact.js', '/vendor/lean-qr.js', '/vendor/barcode-detector.js', '/vendor/zxing-exported.js', '/vendor/zxing_reader.wasm',
]);
