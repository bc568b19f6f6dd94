// What the wallet knows of its payments. Pure; times are RFC 3339 UTC, amounts integer minor units.

/** How many payments are kept for looking at without network. */
export const KEPT = 50;

const moneyMoved = (payment) => ['succeeded', 'partially_refunded', 'refunded'].includes(payment.status);
const madeAt = (payment) => Date.parse(payment.created_at); // not compared as text: fractions of seconds vary
const newestFirst = (a, b) => madeAt(b) - madeAt(a);

/** Newer news replace older ones by id; newest first, KEPT at most unless `all`. */
export function merge(known, news, kept = KEPT) {
  const byID = new Map([...known, ...news].map((payment) => [payment.id, payment]));
  return [...byID.values()].sort(newestFirst).slice(0, kept);
}

/** The payments that went through after `seenUntil` and that this device has not shown. */
export const missedSince = (payments, seenUntil) =>
  payments.filter((payment) => moneyMoved(payment) && madeAt(payment) > Date.parse(seenUntil));

/** The newest created_at, or `otherwise` when none is newer. */
export const latest = (payments, otherwise) =>
  payments.reduce((newest, payment) => (madeAt(payment) > Date.parse(newest) ? payment.created_at : newest), otherwise);

/** The time by which the payer must have answered, in ms. */
export const answerBy = (payment) => Date.parse(payment.expires_at);

/** The payment that waits for the payer's word, if any is still in time. */
export const waitingForAnswer = (payments, nowMs) =>
  payments.find((payment) => payment.status === 'pending' && answerBy(payment) > nowMs);

/** [{day: first payment's time, payments}], newest first, days as the device's own calendar has them. */
export function groupByDay(payments) {
  const days = new Map();
  for (const payment of payments) {
    const day = new Date(payment.created_at).toDateString();
    days.set(day, [...(days.get(day) ?? []), payment]);
  }
  return [...days.values()].map((ofDay) => ({ day: ofDay[0].created_at, payments: ofDay }));
}

/** What left the payer's purse in the end. */
export const netAmount = (payment) => (moneyMoved(payment) ? payment.amount - (payment.refunded ?? 0) : 0);
