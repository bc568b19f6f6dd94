// The cashier page: ties the sale, the scanners, the till's procedure and the day's list together.
//
// Ids that stay, for tests and for whoever scripts the page:
//   #key #key-submit #key-problem            the first visit; or open /cashier/#key=mk_…
//   #amount #charge [data-key=0…9 . 00 back] the amount; Enter is #charge
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
import { exponentOf } from './amount.js';
import { kindOfCode, tidyCode } from './code.js';
import { makeDay } from './day.js';
import { makeJournal } from './journal.js';
import { newOrderNo, newRefundNo } from './orders.js';
import { makeRefunds } from './refunds.js';
import { makeServer } from './server.js';
import { play } from './sound.js';
import { readAmount } from './sale.js';
import { createTill, newSale, takesAnotherCode, withCode } from './till.js';
import * as station from './station.js';
import { words } from './words.js';

const i18n = makeI18n(words);
const saleJournal = makeJournal(localStorage, 'sale');
const refundJournal = makeJournal(localStorage, 'refund');

/** What the page shows; change it with show() only. */
const state = {
  key: station.takeKey(), keyProblem: null, checking: false,
  merchant: null, tillId: station.tillId(), online: navigator.onLine, sound: station.soundIsOn(),
  tab: 'sale', text: '', saleNotice: null,
  sale: null, scanNotice: null, // a sale that is being scanned for
  outcome: null,
  day: null, dayIsToday: true, dayNotice: null, refunding: null, shifting: false, settings: false,
};

let server;
let till;
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
  show({ key, checking: true, keyProblem: null });
  server = watched(makeServer(key));
  const answer = await server.merchant();
  if (answer.kind === 'problem' || answer.kind === 'absent') return refuseKey('key_refused');
  const merchant = answer.kind === 'ok' ? answer.body : station.rememberedMerchant(key);
  if (!merchant?.currency) return refuseKey('key_unreachable');
  station.remember(key, merchant);
  open(merchant);
}

function refuseKey(keyProblem) {
  if (keyProblem === 'key_refused') station.forget();
  show({ checking: false, keyProblem, merchant: null });
}

function open(merchant) {
  const pause = station.pause;
  till = createTill({ server, journal: saleJournal, now: Date.now, pause, tell });
  refunds = makeRefunds({ server, journal: refundJournal, pause, onChange: paint });
  show({ merchant, checking: false });
  actions.showDay(station.today(merchant));
  settleTheUnsettled();
  warmUp().catch(() => {}); // a till without a camera, or without the network, goes on without it
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

// ---- a sale ----

function scanned(text, { clean = true } = {}) {
  const { outcome } = state;
  if (!state.merchant || state.refunding || state.shifting || state.settings) return;
  if (outcome && outcome.state !== 'refused' && outcome.state !== 'known-canceled') return;
  const kind = kindOfCode(text);
  const code = tidyCode(text);
  const wrong = { pass: 'scan_is_pass', other: 'scan_not_code' }[kind];
  const sale = outcome ? saleAgain() : state.sale ?? saleOf(amountNow());
  if (!sale) show({ saleNotice: wrong ?? 'amount_first', tab: 'sale' });
  else if (!clean && !outcome && !state.sale) show({ saleNotice: 'amount_check' }); // the scan may have touched the amount
  else if (wrong) show({ sale, scanNotice: wrong, outcome: null });
  else charge(withCode(sale, code, Date.now()));
}

function amountNow() {
  const { minor, wrong } = readAmount(i18n, state.text, exponentOf(state.merchant.currency));
  return wrong ? 0 : minor;
}

function saleOf(amountMinor) {
  if (!amountMinor) return null;
  const { id: merchantId, currency } = state.merchant;
  return newSale({ orderNo: newOrderNo(state.tillId, new Date()), merchantId, amountMinor, currency, terminalId: state.tillId });
}

/** The same order where it takes another code; otherwise its outcome is known, and the sale begins anew. */
function saleAgain() {
  const { state: outcome, sale } = state.outcome;
  return takesAnotherCode({ outcome, sale }) ? sale : saleOf(sale.amountMinor);
}

function charge(sale) {
  show({ sale: null, scanNotice: null, outcome: { state: 'sending', sale } });
  return station.alone(sale.orderNo, async () => finish(await till.charge(sale)));
}

/** What the till is doing, as a state of the page. */
function tell({ step, sale, payment, why }) {
  const how = { sending: 'sending', waiting: 'waiting' }[step] ?? 'lost';
  const resumed = state.outcome?.resumed && state.outcome.sale.orderNo === sale.orderNo;
  show({ outcome: { state: how, step, sale, payment, why: why ?? (how === 'lost' ? state.outcome?.why : undefined), resumed } });
}

function finish({ outcome, ...rest }) {
  if (rest.payment && state.day?.date === station.today(state.merchant)) state.day.put(rest.payment);
  show({ outcome: { state: outcome, ...rest } });
}

/**
 * Sales and refunds that a closed page left behind: each is asked about until its outcome is known. Another merchant's
 * wait for that merchant's key: to this one's server they would seem never to have been. What must wait for its turn
 * on the screen is looked for again when the screen is free.
 */
async function settleTheUnsettled() {
  const ours = ({ merchantId }) => merchantId === state.merchant.id;
  for (const refund of refunds.open().filter(ours)) station.alone(refund.refundNo, () => refunds.openFor(refund.paymentId) && sendRefund(refund));
  for (const { orderNo } of saleJournal.all().filter(ours)) {
    await station.alone(orderNo, async () => {
      const sale = saleJournal.load(orderNo); // another tab may have settled it while this one waited
      if (!sale || state.outcome || state.sale) return;
      show({ outcome: { state: 'lost', step: 'asking', sale, resumed: true } });
      finish(await till.resume(sale));
    });
  }
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
  scan: (amountMinor) => show({ sale: saleOf(amountMinor), scanNotice: null, saleNotice: null }),
  code: (text) => scanned(text),
  back: () => show({ sale: null }),
  next() {
    show({ outcome: null, sale: null, text: '', saleNotice: null, tab: 'sale' });
    settleTheUnsettled();
  },
  retry: () => show({ sale: saleAgain(), outcome: null, scanNotice: null, tab: 'sale' }),
  cancel: () => { till.cancel(state.outcome.sale); paint(); },
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

/** What other tills sold, and at midnight the new day. */
function keepUpToDate() {
  if (document.hidden || !state.day || state.outcome) return;
  const today = station.today(state.merchant);
  if (state.dayIsToday && state.day.date !== today) actions.showDay(today);
  else state.day.refresh({ newestOnly: true });
}

// ---- beginning ----

i18n.onChange(paint);
listenForTypedScans(window, scanned);
addEventListener('online', () => { till?.hurry(); show({ online: true }); });
addEventListener('offline', () => show({ online: false }));
addEventListener('hashchange', () => { const key = station.keyInAddress(); if (key) connect(key); });
document.addEventListener('visibilitychange', keepUpToDate);
setInterval(keepUpToDate, 30_000);
if (state.key) connect(state.key);
else paint();
