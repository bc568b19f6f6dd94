// Paying by a shop's code. The payer's yes is kept, with a reference of our own, before anything is sent, and until
// the server has said what became of it: the same reference never pays twice, however often it is sent, and whether
// or not the page lived to hear the answer.

import { retryDelay } from './clock.js';
import { latest, merge } from './payments.js';
import { refresh } from './receipts.js';
import { ask } from './session.js';
import { get, now, set } from './state.js';
import { PATIENCE_MS, passes, saysNothingWasPaid } from './unanswered.js';
import { change, write } from './vault.js';

/**
 * The payer says yes to {qr, merchant, shop, amount, currency}, amount in minor units. If another payment is not
 * answered yet, that one is shown and this one is not begun.
 */
export async function begin(bill) {
  const fresh = { ...bill, reference: crypto.randomUUID(), untilMs: now() + PATIENCE_MS };
  const paying = await change('paying', (begun) => begun ?? fresh);
  set({ paying });
  if (paying.reference === fresh.reference) await settle();
}

/** Finds out what became of the payment that was begun; paying it, if it was not paid. */
export async function settle() {
  const paying = { ...get().paying, untilMs: now() + PATIENCE_MS };
  set({ paying, settling: true, unsettled: null });
  try {
    await keepAs(paying.reference, paying);
    await finish(paying, await answerTo(paying, performance.now() + PATIENCE_MS));
  } catch (error) {
    if (saysNothingWasPaid(error)) await drop(paying);
    set({ unsettled: error });
  } finally {
    set({ settling: false });
  }
}

async function answerTo({ qr, amount, reference }, lastMs) {
  for (let failures = 1; ; failures++) {
    try {
      return await ask('POST', '/v1/device/pay', { body: { merchant_qr: qr, amount, reference } });
    } catch (error) {
      if (!passes(error) || performance.now() > lastMs) throw error;
    }
    await new Promise((resolve) => { setTimeout(resolve, retryDelay(failures, Math.random())); });
  }
}

async function finish(paying, payment) {
  const seenUntil = latest([payment], get().seenUntil);
  await write({ seenUntil });
  await keepAs(paying.reference, undefined);
  const told = payment.receipt ? { receipt: payment } : { outcome: { tone: payment.status === 'succeeded' ? 'go' : 'no', payment } };
  set({ paying: null, seenUntil, payments: merge(get().payments, [payment], Infinity), ...told });
  refresh().catch(() => {}); // the balance; without network, later
}

/** The payer lets it be. What was paid all the same is in the history, which is fetched first. */
export async function leave() {
  await refresh();
  await drop(get().paying);
  set({ tab: 'history' });
}

async function drop({ reference }) {
  await keepAs(reference, undefined);
  set({ paying: null });
}

// Another tab may have seen to this payment meanwhile, and begun the next one.
const keepAs = (reference, value) => change('paying', (kept) => (kept?.reference === reference ? value : kept));
