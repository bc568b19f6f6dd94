// The cashier page: what it shows, the key it works with, and what its buttons do.
//
// Ids that stay, for tests and for whoever scripts the page:
//   #key #key-submit #key-problem            the first visit; or open /cashier/#key=mk_…
//   #amount #charge [data-key=0…9 . 00 back] the amount; Enter is #charge
//   #show-code #scan-receipt .showing[data-scanning] #qr      a till without network: the shop's code, and the receipt for it
//   #video .finder[data-state=camera_starting|open|failed] #scan-notice #manual #manual-code #manual-submit #back
//   #outcome[data-state=sending|waiting|paid|refused|lost|known-canceled] #outcome-amount
//   #outcome-reason[data-reason=decline_code][data-step=asking|repeating|canceling] #outcome-todo #next #retry #cancel #print
//   #today #day #search #refresh #payments li.payment[data-order][data-status] .refund #totals dl[data-currency] .net #today-notice
//   #refund-dialog #refund-amount #refund-reason #refund-line #refund-submit
//   #shift #shift-dialog #shift-result[data-equal=true|false] #shift-save
//   #link[data-tone=go|wait] #sound[aria-pressed] #language #settings #settings-dialog #key-forget #tab-sale #tab-today

import { html, render } from '/vendor/htm-preact.js';
import { makeI18n } from '/i18n.js';
import { listenForTypedScans, warmUp } from '/scan.js';
import { App } from './app.js';
import { makeCheckout } from './checkout.js';
import { makeDay } from './day.js';
import { meetIssuer } from './issuer.js';
import { makeJournal } from './journal.js';
import { makeOffline } from './offline.js';
import { newRefundNo } from './orders.js';
import { forgetReceipts } from './receipts.js';
import { makeRefunds } from './refunds.js';
import { makeServer } from './server.js';
import { play } from './sound.js';
import * as station from './station.js';
import { words } from './words.js';

const i18n = makeI18n(words);

/** What the page shows; change it with show() only. */
const state = {
  key: station.takeKey(), keyProblem: null, checking: false,
  merchant: null, tillId: station.tillId(), online: navigator.onLine, sound: station.soundIsOn(),
  tab: 'sale', text: '', saleNotice: null,
  sale: null, scanNotice: null, // a sale that is being scanned for
  offline: null, // a sale whose code is being shown, to a customer who has network
  outcome: null,
  day: null, dayIsToday: true, dayNotice: null, refunding: null, shifting: false, settings: false,
};

let server;
let checkout;
let offline;
let refunds;

function show(changes) {
  const before = state.outcome?.state;
  Object.assign(state, changes);
  if (state.outcome && state.outcome.state !== before && state.sound) play(state.outcome.state);
  paint();
}

function paint() {
  const openRefunds = refunds?.open().length ?? 0;
  render(html`<${App} i18n=${i18n} state=${state} openRefunds=${openRefunds} today=${station.today(state.merchant)} actions=${actions} />`, document.getElementById('app'));
  document.title = `${state.merchant?.name ?? 'paycode'} · ${i18n.t('title')}`;
}

// ---- the key, and what belongs to it ----

async function connect(key) {
  station.rememberKey(key); // before anything can fail: the link that brought it is gone from the address
  show({ key, checking: true, keyProblem: null });
  server = watched(makeServer(key));
  const answer = await server.merchant();
  if (answer.kind === 'problem' || answer.kind === 'absent') return refuseKey('key_refused');
  const merchant = answer.kind === 'ok' ? answer.body : station.rememberedMerchant();
  if (!merchant?.currency) return refuseKey('key_unreachable');
  station.rememberMerchant(merchant);
  open(merchant);
}

function refuseKey(keyProblem) {
  if (keyProblem === 'key_refused') station.forget();
  show({ checking: false, keyProblem, merchant: null, outcome: null, sale: null, offline: null });
}

function open(merchant) {
  refunds = makeRefunds({ server, journal: makeJournal(localStorage, 'refund'), pause: station.pause, onChange: paint });
  show({ merchant, checking: false });
  checkout = makeCheckout({ i18n, state, show, server, onPayment: noteSale });
  actions.showDay(station.today(merchant));
  offline?.stop();
  offline = makeOffline({ state, show, server, onPayment: noteSale });
  offline.resume();
  checkout.settle();
  settleRefunds();
  prepare();
  warmUp().catch(() => {}); // a till without a camera, or without the network, goes on without it
}

/** What is needed when the network goes: asked for at every start, and when it comes back. */
async function prepare() {
  if (await meetIssuer(server).catch(() => false)) forgetReceipts(Date.now()).catch(() => {}); // where nothing is kept, nothing is taken
  if (offline) offline.cancelGivenUp();
}

/** The server, with the badge told of every answer. */
function watched(calls) {
  return Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, async (...args) => {
    const answer = await call(...args);
    const online = answer.kind !== 'lost';
    if (online !== state.online) show({ online });
    return answer;
  }]));
}

// ---- refunds ----

/** Refunds that a closed page left behind, of this merchant: another one's key would be told that there is no such payment. */
function settleRefunds() {
  const ours = refunds.open().filter(({ merchantId }) => merchantId === state.merchant.id);
  for (const refund of ours) station.alone(refund.refundNo, () => refunds.openFor(refund.paymentId) && sendRefund(refund));
}

async function sendRefund(refund, onLost) {
  const result = await refunds.send(refund, onLost);
  if (result.done) show({ dayNotice: i18n.t('refund_done', { amount: i18n.money(refund.amountMinor, refund.currency) }) });
  const now = await server.watch(refund.paymentId);
  if (now.kind === 'payment') state.day.put(now.payment);
  return result;
}

const actions = {
  key: connect,
  text: (text) => show({ text, saleNotice: null }),
  scan: (amountMinor) => checkout.begin(amountMinor),
  code: (text) => checkout.scanned(text),
  showCode: (amountMinor) => offline.begin(amountMinor),
  scanReceipt: () => offline.scan(),
  receipt: (text) => offline.scanned(text),
  back: () => (state.offline ? offline.back() : show({ sale: null })),
  next() {
    if (state.outcome?.offline) offline.leave(state.outcome);
    checkout.next();
  },
  retry: () => (state.outcome.offline ? offline.again() : checkout.again()),
  cancel: () => checkout.cancel(),
  print: () => window.print(),
  tab: (tab) => show({ tab }),
  sound: () => { station.setSound(!state.sound); show({ sound: !state.sound }); },
  language: () => i18n.use(i18n.next),
  settings: (settings) => show({ settings }),
  forgetKey: () => { station.forget(); location.reload(); },
  showDay(date) {
    const day = makeDay(date, server, { onChange: paint });
    show({ day, dayIsToday: date === station.today(state.merchant), dayNotice: null });
    return day.refresh();
  },
  refreshDay: () => state.day.refresh(),
  refunding: (refunding) => show({ refunding }),
  openRefundOf: (payment) => refunds.openFor(payment.id),
  refund(payment, { amountMinor, reason }, onLost) {
    const refund = { refundNo: newRefundNo(payment.order_no), merchantId: state.merchant.id, paymentId: payment.id, amountMinor, currency: payment.currency, reason };
    return station.alone(refund.refundNo, () => sendRefund(refund, onLost));
  },
  shifting: (shifting) => show({ shifting }),
  statement: (date) => server.statement(date),
};

// ---- the day's list ----

/** A sale of this till belongs into today's list, and into no other day's that is being looked at. */
function noteSale(payment) {
  if (state.day?.date === station.today(state.merchant)) state.day.put(payment);
}

/** What other tills sold, and at midnight the new day. */
function keepUpToDate() {
  if (document.hidden || !state.day || state.outcome) return;
  const today = station.today(state.merchant);
  if (state.dayIsToday && state.day.date !== today) actions.showDay(today);
  else state.day.refresh({ newestOnly: true });
  offline.cancelGivenUp();
}

// ---- beginning ----

/** What a scanner typed: a receipt for the code that is being shown, or a customer's code. */
function hear(text, how) {
  const refused = state.outcome?.offline && state.outcome.state === 'refused';
  if (refused) offline.again();
  if (state.offline) offline.scanned(text);
  else checkout.scanned(text, how);
}

i18n.onChange(paint);
listenForTypedScans(window, (text, how) => {
  const elsewhere = !state.merchant || state.refunding || state.shifting || state.settings;
  if (!elsewhere) hear(text, how);
});
addEventListener('online', () => {
  show({ online: true });
  if (state.merchant) {
    checkout.hurry();
    prepare();
  } else if (state.key && !state.checking) connect(state.key);
});
addEventListener('offline', () => show({ online: false }));
addEventListener('hashchange', () => { const key = station.keyInAddress(); if (key) connect(key); });
document.addEventListener('visibilitychange', keepUpToDate);
setInterval(keepUpToDate, 30_000);
navigator.serviceWorker?.register('/cashier/sw.js'); // from the next visit on the till opens without network too
if (state.key) connect(state.key);
else paint();
