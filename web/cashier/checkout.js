// One sale at the counter, from the amount to its outcome on the screen.

import { exponentOf } from '../amount.js';
import { kindOfCode, tidyCode } from './code.js';
import { makeJournal } from './journal.js';
import { newOrderNo } from './orders.js';
import { readAmount } from './sale.js';
import { alone, pause } from './station.js';
import { createTill, newSale, takesAnotherCode, withCode } from './till.js';

const WRONG_CODES = { pass: 'scan_is_pass', receipt: 'scan_is_receipt', other: 'scan_not_code' };

/**
 * makeCheckout works on the page's `state` (merchant, text, sale, outcome) through show(changes).
 * onPayment(payment) is called with what became of each sale.
 */
export function makeCheckout({ i18n, state, show, server, onPayment }) {
  const journal = makeJournal(localStorage, 'sale');
  const till = createTill({ server, journal, now: Date.now, pause, tell });
  const { id: merchantId, currency } = state.merchant;

  function saleOf(amountMinor) {
    if (!amountMinor) return null;
    return newSale({ orderNo: newOrderNo(state.tillId, new Date()), merchantId, amountMinor, currency, terminalId: state.tillId });
  }

  /** The same order where it takes another code; otherwise its outcome is known, and the sale begins anew. */
  function saleAgain() {
    const { state: outcome, sale } = state.outcome;
    return takesAnotherCode({ outcome, sale }) ? sale : saleOf(sale.amountMinor);
  }

  function amountNow() {
    const { minor, wrong } = readAmount(i18n, state.text, exponentOf(currency));
    return wrong ? 0 : minor;
  }

  /** A code was seen, typed or scanned. It charges, unless there is nothing to charge or something to say first. */
  function scanned(text, { clean = true } = {}) {
    const { outcome } = state;
    if (outcome && outcome.state !== 'refused' && outcome.state !== 'known-canceled') return;
    const wrong = WRONG_CODES[kindOfCode(text)];
    const sale = outcome ? saleAgain() : state.sale ?? saleOf(amountNow());
    if (!sale) show({ saleNotice: wrong ?? 'amount_first', tab: 'sale' });
    else if (!clean && !outcome && !state.sale) show({ saleNotice: 'amount_check' }); // the scan may have touched the amount
    else if (wrong) show({ sale, scanNotice: wrong, outcome: null });
    else charge(withCode(sale, tidyCode(text), Date.now()));
  }

  function charge(sale) {
    show({ sale: null, scanNotice: null, outcome: { state: 'sending', sale } });
    return alone(sale.orderNo, async () => finish(await till.charge(sale)));
  }

  /** What the till is doing, as a state of the page. */
  function tell({ step, sale, payment, why }) {
    const how = { sending: 'sending', waiting: 'waiting' }[step] ?? 'lost';
    const before = state.outcome?.sale.orderNo === sale.orderNo ? state.outcome : {};
    show({ outcome: { state: how, step, sale, payment, why: why ?? (how === 'lost' ? before.why : undefined), resumed: before.resumed } });
  }

  function finish({ outcome, ...rest }) {
    if (rest.payment) onPayment(rest.payment);
    show({ outcome: { state: outcome, ...rest } });
  }

  /**
   * Sales that a closed page left behind: each is asked about until its outcome is known. Another merchant's wait for
   * that merchant's key: to this one's server they would seem never to have been. What must wait for its turn on the
   * screen is looked for again when the screen is free.
   */
  async function settle() {
    for (const { orderNo } of journal.all().filter((sale) => sale.merchantId === merchantId)) {
      await alone(orderNo, async () => {
        const sale = journal.load(orderNo); // another tab may have settled it while this one waited
        if (!sale || state.outcome || state.sale || state.offline) return;
        show({ outcome: { state: 'lost', step: 'asking', sale, resumed: true } });
        finish(await till.resume(sale));
      });
    }
  }

  return {
    scanned, settle,
    begin: (amountMinor) => show({ sale: saleOf(amountMinor), scanNotice: null, saleNotice: null }),
    again: () => show({ sale: saleAgain(), outcome: null, scanNotice: null, tab: 'sale' }),
    next() {
      show({ outcome: null, sale: null, text: '', saleNotice: null, tab: 'sale' });
      settle();
    },
    cancel() {
      till.cancel(state.outcome.sale);
      show({});
    },
    hurry: till.hurry,
  };
}
