// One day's payments as this till knows them, and what they add up to.

/** makeDay keeps the payments of one date ("2026-11-21"). `onChange` is called when what it knows has changed. */
export function makeDay(date, server, { onChange, now = Date.now }) {
  const byId = new Map();
  const day = { date, state: 'loading', atMs: null, refresh, put, payments };
  let round = 0;

  /** Newest first. */
  function payments() {
    return [...byId.values()].sort((a, b) => b.created_at.localeCompare(a.created_at));
  }

  /** Puts in what the till has just learned about one payment. */
  function put(payment) {
    byId.set(payment.id, payment);
    onChange();
  }

  /** Fetches the whole day, or only its newest page. Answers whether it could. */
  async function refresh({ newestOnly = false } = {}) {
    const mine = ++round; // a later refresh makes this one's answers old
    let cursor;
    do {
      const answer = await server.day(date, cursor);
      if (mine !== round) return false;
      if (answer.kind !== 'ok' || !Array.isArray(answer.body.payments)) {
        Object.assign(day, { state: 'lost' });
        onChange();
        return false;
      }
      for (const payment of answer.body.payments) byId.set(payment.id, payment);
      cursor = newestOnly ? undefined : answer.body.next_cursor;
    } while (cursor);
    Object.assign(day, { state: 'known', atMs: now() });
    onChange();
    return true;
  }

  return day;
}

const SOLD = new Set(['succeeded', 'refunded', 'partially_refunded']);

/** What a payment brought so far, less what was given back: so much can still be refunded. Minor units. */
export function netOf(payment) {
  return SOLD.has(payment.status) ? payment.amount - payment.refunded : 0;
}

/** totals sums payments per currency: [{currency, count, sold, refunded, net}], minor units. */
export function totals(payments) {
  const sums = new Map();
  for (const { status, currency, amount, refunded } of payments) {
    if (!SOLD.has(status)) continue;
    const sum = sums.get(currency) ?? { currency, count: 0, sold: 0, refunded: 0, net: 0 };
    sums.set(currency, { currency, count: sum.count + 1, sold: sum.sold + amount, refunded: sum.refunded + refunded, net: sum.net + amount - refunded });
  }
  return [...sums.values()].sort((a, b) => a.currency.localeCompare(b.currency));
}

/** matches says whether a payment is one that somebody searches: by order number, id, payer or amount as it is shown. */
export function matches(payment, search, shownAmount) {
  const wanted = search.trim().toLowerCase();
  const where = [payment.order_no, payment.id, payment.payer?.masked ?? '', shownAmount, shownAmount.replace(/[^\d.]/g, '')];
  return where.some((text) => text.toLowerCase().includes(wanted));
}
