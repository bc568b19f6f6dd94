// A sale at a till without network, whose customer has one: the till shows the shop's code, the customer pays by it and
// shows the issuer's receipt. Only when the receipt is on the disk as taken does the till say "paid".
//
// A code that was shown may be paid for as long as it can be seen. So a sale that is given up is canceled by its order
// number as soon as there is a server again: whoever has paid it gets the money back.

import { verifyReceipt } from '/sdk/receipt.js';
import { writeShop } from '/sdk/shop.js';
import { parseTypeID } from '/sdk/typeid.js';
import { amountText, exponentOf } from '../amount.js';
import { kindOfCode } from './code.js';
import { knownIssuer, wrongClock } from './issuer.js';
import { makeJournal } from './journal.js';
import { newOrderNo } from './orders.js';
import { takeReceipt, takenFor } from './receipts.js';
import { alone } from './station.js';

/** How long a sale is gone on with that a closed page left behind; a receipt is not good for longer. */
const GO_ON_MS = 10 * 60_000;

/** How often a server that can be reached is asked whether the code has been paid. */
const ASK_EVERY_MS = 2_000;

/** makeOffline works on the page's `state` (merchant, offline, outcome) through show(changes). */
export function makeOffline({ state, show, server, onPayment, now = Date.now }) {
  const { id: merchantId, name, currency } = state.merchant;
  const journal = makeJournal(localStorage, 'shown'); // sales whose code somebody may be looking at; givenUp: it must not be paid any more
  const ours = () => journal.all().filter((sale) => sale.merchantId === merchantId);
  let watching;

  /** The shop's code for a sale, as the text of a QR. */
  function codeOf(sale) {
    return writeShop({
      merchant: merchantId, name, currency, amount: amountText(sale.amountMinor, exponentOf(currency)), reference: sale.orderNo, terminal: sale.terminalId,
    });
  }

  function begin(amountMinor) {
    if (!knownIssuer() || !globalThis.crypto?.subtle) return show({ saleNotice: 'offline_unready', tab: 'sale' });
    const sale = { orderNo: newOrderNo(state.tillId, new Date(now())), merchantId, amountMinor, currency, terminalId: state.tillId, begunMs: now() };
    try {
      journal.save(sale.orderNo, sale); // before anybody can pay it
    } catch {
      return show({ outcome: { state: 'refused', sale, reason: 'till_cannot_remember' } });
    }
    return present(sale);
  }

  const present = (sale, scanning = false) => show({
    offline: { sale, code: codeOf(sale), scanning }, scanNotice: null, saleNotice: null, outcome: null, sale: null, tab: 'sale',
  });

  const refusal = (sale, reason) => ({ state: 'refused', sale, reason, offline: true });

  /** A receipt was seen or typed. */
  function scanned(text) {
    const { sale } = state.offline;
    if (kindOfCode(text) !== 'receipt') return show({ scanNotice: 'scan_not_receipt' });
    return alone(sale.orderNo, async () => {
      if (state.offline?.sale.orderNo !== sale.orderNo) return; // taken by the scan before this one
      const { reason, paidMs } = await take(text, sale);
      if (reason) show({ offline: null, outcome: refusal(sale, reason) });
      else paid(sale, { paidMs });
    });
  }

  /** Takes a receipt for a sale: { paidMs }, or { reason } why not. */
  async function take(text, sale) {
    const issuer = knownIssuer();
    const takenMs = now();
    const wrong = wrongClock(issuer, takenMs);
    if (wrong) return { reason: wrong };
    const due = { merchant: parseTypeID(merchantId, 'mer'), terminal: sale.terminalId, orderRef: sale.orderNo, amountMinor: sale.amountMinor, currency };
    try {
      const receipt = await verifyReceipt(text, issuer.keys, due, Math.floor(takenMs / 1000));
      const id = [...receipt.id].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      const paidMs = receipt.issuedAt * 1000;
      const { before, behind } = await takeReceipt({ id, orderNo: sale.orderNo, amountMinor: sale.amountMinor, currency, paidMs, takenMs });
      if (behind) return { reason: 'clock_behind' };
      // Taken for this very sale, and then the page was closed before it could say so: nobody has been told yet.
      return before && before.orderNo !== sale.orderNo ? { reason: 'receipt_seen' } : { paidMs };
    } catch (error) {
      return { reason: error.code?.startsWith?.('receipt_') ? error.code : 'till_cannot_remember' };
    }
  }

  function paid(sale, { paidMs, payment }) {
    show({ offline: null, scanNotice: null, outcome: { state: 'paid', sale, paidMs, payment, offline: true } });
    journal.drop(sale.orderNo);
    if (payment) onPayment(payment);
  }

  /** A till that has a network after all is told by the server. */
  async function watch() {
    const sale = state.offline?.sale;
    if (sale && state.online && !state.outcome) {
      const { payment } = await server.ask(sale.orderNo);
      if (payment?.status === 'succeeded' && payment.amount === sale.amountMinor && payment.currency === currency) {
        await alone(sale.orderNo, () => { if (state.offline?.sale.orderNo === sale.orderNo) paid(sale, { payment }); });
      }
    }
    watching = setTimeout(watch, ASK_EVERY_MS);
  }

  /** Gives the sale up: its code must not be paid any more. */
  function giveUp(sale) {
    journal.save(sale.orderNo, { ...sale, givenUp: true });
    cancelGivenUp();
  }

  /** Cancels what was given up, as soon as the server answers. What it says, and not silence, ends it. */
  async function cancelGivenUp() {
    for (const { orderNo } of ours().filter(({ givenUp }) => givenUp)) {
      await alone(orderNo, async () => {
        if (!journal.load(orderNo)) return;
        const answer = await server.cancelOrder(orderNo);
        if (answer.kind === 'payment' || answer.code === 'not_cancelable') journal.drop(orderNo);
        if (answer.payment?.amount) onPayment(answer.payment);
      });
    }
  }

  /** Goes on with what a closed page left behind: one whose receipt was taken is paid, and what is old is given up. */
  async function resume() {
    watch();
    for (const sale of ours().filter(({ givenUp }) => !givenUp)) {
      await alone(sale.orderNo, async () => {
        if (!journal.load(sale.orderNo)) return;
        const taken = await takenFor(sale.orderNo);
        const age = now() - sale.begunMs;
        if (taken) paid(sale, { paidMs: taken.paidMs });
        else if (state.offline || state.outcome || state.sale || !(age >= 0 && age < GO_ON_MS)) giveUp(sale);
        else present(sale);
      });
    }
    cancelGivenUp();
  }

  return {
    begin, scanned, resume, cancelGivenUp,
    scan: () => show({ offline: { ...state.offline, scanning: true }, scanNotice: null }),
    again: () => present(state.outcome.sale, true),
    back() {
      if (state.offline.scanning) return show({ offline: { ...state.offline, scanning: false }, scanNotice: null });
      giveUp(state.offline.sale);
      return show({ offline: null, scanNotice: null });
    },
    stop: () => clearTimeout(watching),
    /** The outcome's sheet is left: a sale that was not paid is given up. */
    leave({ state: outcome, sale }) { if (outcome !== 'paid') giveUp(sale); },
  };
}
