// Payments as the page learns of them: live, on coming back, and on looking at the history.

import { hide, showNext } from './codes.js';
import { latest, merge, missedSince, waitingForAnswer } from './payments.js';
import { ask } from './session.js';
import { get, now, set } from './state.js';
import { write } from './vault.js';

const PAGE = 30;

/** Fetches the newest payments: what went through unseen, what waits for an answer. */
export async function refresh() {
  const page = await ask('GET', `/v1/device/payments?limit=${PAGE}`);
  const { payments: known, seenUntil } = get();
  const payments = merge(known, page.payments);
  const missed = missedSince(page.payments, seenUntil);
  set({ cursor: page.next_cursor ?? null, missed, confirm: get().confirm ?? waitingForAnswer(payments, now()) ?? null });
  await keep(payments, page.balance);
}

/** Fetches the page after those on screen. */
export async function more() {
  const page = await ask('GET', `/v1/device/payments?limit=${PAGE}&cursor=${encodeURIComponent(get().cursor)}`);
  set({ payments: merge(get().payments, page.payments, Infinity), cursor: page.next_cursor ?? null });
}

/** One payment, fresh: its refunds may have come since. */
export async function lookUp(id) {
  const payment = await ask('GET', `/v1/device/payments/${id}`);
  set({ payments: merge(get().payments, [payment], Infinity) });
}

/** The payer has seen what was missed. */
export async function dismissMissed() {
  const seenUntil = latest(get().missed, get().seenUntil);
  set({ missed: [], seenUntil });
  await write({ seenUntil });
}

/** What the server tells while the page listens. */
export async function hear(type, data) {
  if (type === 'device.frozen') return set({ frozen: true, code: null });
  const { payment, balance } = JSON.parse(data);
  if (!payment) return keep(get().payments, balance);
  if (get().confirm?.id === payment.id && payment.status !== 'pending') set({ confirm: null });
  if (type === 'payment.confirm_requested') set({ confirm: payment });
  // A fare comes when a gate has network, and must not cover a code that is held out just then.
  const asked = payment.method !== 'pass';
  if (type === 'payment.succeeded' && asked) await announce({ tone: 'go', payment });
  if (type === 'payment.declined') await announce({ tone: 'no', payment });
  return keep(merge(get().payments, [payment], Infinity), balance);
}

/** Sends the payer's word on a payment. Throws Refused or Unreachable; then the question stays. */
export async function answer(payment, yes) {
  const settled = await ask('POST', `/v1/device/payments/${payment.id}/${yes ? 'confirm' : 'reject'}`);
  await announce({ tone: settled.status === 'succeeded' ? 'go' : 'no', payment: settled });
}

/** The time to answer is over. */
export const letPass = () => set({ confirm: null });

// Shows an outcome in full, once: the answer to a confirmation and the event about it tell the same.
async function announce(outcome) {
  const { id, status } = outcome.payment;
  const { confirm, outcome: shown, seenUntil } = get();
  if (confirm?.id === id) set({ confirm: null });
  if (shown?.payment.id === id && shown.payment.status === status || isAnswered(outcome.payment)) return;
  hide(); // the code that was read is spent
  set({ outcome, seenUntil: latest([outcome.payment], seenUntil) });
  navigator.vibrate?.(outcome.tone === 'go' ? 80 : [60, 80, 60]);
  await write({ seenUntil: get().seenUntil });
  await showNext();
}

// Of what this phone pays by a shop's code it is told by the answer, with a receipt; the event may come first, or
// when the answer was read and put away.
function isAnswered({ id, status, method, amount, merchant }) {
  const { paying, payments } = get();
  if (method !== 'merchant_qr') return false;
  return payments.some((p) => p.id === id && p.status === status) || (paying?.merchant === merchant?.id && paying?.amount === amount);
}

async function keep(payments, balance) {
  const at = new Date(now()).toISOString();
  const change = { payments, paymentsAt: at };
  if (balance) change.balance = { ...balance, at };
  set(change);
  await write({ history: { payments: merge(payments, []), at }, ...(balance && { balance: change.balance }) });
}
