// What a till does about one sale, above all when the answer does not come.
//
// The rule: a sale has one order number for life, and it ends only when its outcome is KNOWN, because the server said so.
//
//   charge ──payment──▶ done, or watch while it is pending
//     │
//     └─lost─▶ ask by order number ──payment──▶ done or watch
//                │        ▲
//                │        └── lost: ask again, for as long as it takes
//                ├─absent, code still lives──▶ charge again: same order, code and amount, so it cannot charge twice
//                └─absent, code has died────▶ cancel the order number: a charge still on its way can charge nobody
//
// Cancelling is a door of one way: once a cancel may be on its way, a success found by asking is undone, not
// shown as paid, because that cancel could still arrive after the customer has left with the goods.
//
// decide() is the whole procedure and is pure. createTill() is the loop that acts on it; everything it touches
// (server, journal, clock) is handed in. The sale is in the journal before the first request leaves, so that a
// page that is reloaded in the middle picks it up with resume().
//
// A sale:   {orderNo, merchantId, code, amountMinor, currency, terminalId?, scannedAtMs, attempt, canceling, lost}
// An answer, from server.js: {kind: 'payment', payment} | {kind: 'absent'} | {kind: 'problem', status, code} | {kind: 'lost', why}
//           payment: the server told what became of it; absent: it never saw the order; problem: it understood and
//           refused the request; lost: anything else, and then nothing at all is known.

/** How long after the scan the same code may be sent again. A code is good to the end of the window after its own,
    which is never less than this; a later answer could only be "code_invalid". */
export const CODE_LIFE_MS = 60_000;

/** Time between two looks at a payment that waits for the payer. */
export const WATCH_EVERY_MS = 1_000;

const ASK_AGAIN_MS = [300, 1_000, 2_000, 3_000]; // the last one for ever

const STEP_NAMES = {
  firstCharge: 'sending', charge: 'repeating', ask: 'asking', watch: 'waiting', cancelOrder: 'canceling', cancelPayment: 'canceling',
};

/** A new sale. `orderNo` comes from orders.js; the first attempt is number 1. */
export function newSale({ orderNo, merchantId, amountMinor, currency, terminalId }) {
  return { orderNo, merchantId, amountMinor, currency, terminalId, attempt: 0 };
}

/** The sale with a freshly scanned code: the first one, or another one after a refusal, under the same order number. */
export function withCode(sale, code, nowMs) {
  return { ...sale, code, scannedAtMs: nowMs, attempt: sale.attempt + 1, canceling: false, lost: false };
}

/**
 * takesAnotherCode: may a refused sale go on under its number? Not when a request of it was lost: that one could still
 * arrive after another code was tried. A server that remembers the codes an order was declined with answers it with the
 * old decline, but a till must not depend on it. Such a sale begins anew, and its old number has seen its last code.
 */
export const takesAnotherCode = ({ outcome, sale }) => outcome === 'refused' && !sale.lost;

/**
 * decide says what to do next about `sale` after `action` was answered with `answer`. Returns one of
 *   {act: 'charge' | 'ask' | 'cancelOrder'}, {act: 'watch' | 'cancelPayment', payment},
 *   {act: 'done', outcome: 'paid' | 'refused' | 'known-canceled', payment?, reason?}
 * with `again: true` where the same has been tried before and a pause is due.
 */
export function decide(sale, action, answer, nowMs) {
  switch (answer.kind) {
    case 'payment': return afterPayment(sale, action, answer.payment, nowMs);
    case 'absent': return action === 'ask' ? afterAbsent(sale, nowMs) : { act: 'ask', again: true };
    case 'problem': return afterProblem(action, answer);
    default: return { act: 'ask', again: action !== 'firstCharge', why: answer.why };
  }
}

function afterPayment(sale, action, payment, nowMs) {
  const done = (outcome) => ({ act: 'done', outcome, payment });
  const undo = { act: 'cancelPayment', payment, again: action === 'cancelPayment' };
  switch (payment.status) {
    case 'succeeded':
      return sale.canceling ? undo : done('paid');
    case 'partially_refunded': // somebody has looked at it since; it can no longer be undone as a whole
      return done('paid');
    case 'pending':
      return sale.canceling ? undo : { act: 'watch', payment };
    case 'canceled':
    case 'refunded':
      return done('known-canceled');
    case 'declined':
      // Found by order number, the decline may be that of an earlier code, with this one still on its way.
      if (action === 'ask' && sale.attempt > 1) return afterAbsent(sale, nowMs);
      return { ...done('refused'), reason: payment.decline_code };
    default:
      return { act: 'ask', again: true }; // a status of the future: keep asking rather than guess
  }
}

function afterAbsent(sale, nowMs) {
  const ageMs = nowMs - sale.scannedAtMs;
  const codeLives = ageMs >= 0 && ageMs < CODE_LIFE_MS; // a clock set back must not bring a code to life
  return codeLives && !sale.canceling ? { act: 'charge', again: true } : { act: 'cancelOrder' };
}

function afterProblem(action, answer) {
  if (action === 'firstCharge') return { act: 'done', outcome: 'refused', reason: answer.code };
  // A repeated charge that is refused says nothing about the first one.
  const cancelTooLate = action === 'cancelPayment' && answer.status === 409;
  return { act: 'ask', again: true, cancelTooLate, why: answer.code };
}

/**
 * createTill makes the loop. Handed in:
 *   server   {charge(sale), ask(orderNo), watch(id), cancelPayment(id), cancelOrder(orderNo)} → Promise<answer>, never throws
 *   journal  {save(orderNo, sale), drop(orderNo)}; save must be durable when it returns and may throw
 *   now()    milliseconds; pause(ms, signal) resolves after ms or as soon as the signal aborts
 *   tell(step) is called before each step: {step: 'sending' | 'asking' | 'repeating' | 'waiting' | 'canceling', sale, payment?, why?}
 * charge() and resume() return a promise of {outcome, sale, payment?, reason?}; they settle only when it is known.
 */
export function createTill({ server, journal, now, pause, tell }) {
  let waking = new AbortController();

  /** Charges a sale that was never sent before with this code. */
  async function charge(sale) {
    try {
      journal.save(sale.orderNo, sale);
    } catch {
      return { outcome: 'refused', reason: 'till_cannot_remember', sale }; // unremembered, a reload could lose it
    }
    return run(sale, { act: 'firstCharge' });
  }

  /** Finds out about a sale that the journal remembers from before the page was closed. */
  const resume = (sale) => run({ ...sale, lost: true }, { act: 'ask' });

  /** Wakes the loop from its pause: the network came back. */
  function hurry() {
    waking.abort();
    waking = new AbortController();
  }

  /** Asks for the sale under way to be undone; charge() or resume() then says what came of it. */
  function cancel(sale) {
    note(sale, { canceling: true });
    hurry();
  }

  function note(sale, changes) {
    Object.assign(sale, changes);
    journal.save(sale.orderNo, sale);
  }

  async function run(sale, next) {
    let tries = 0;
    while (next.act !== 'done') {
      next = heedCancel(sale, next);
      tell({ step: STEP_NAMES[next.act], sale, payment: next.payment, why: next.why });
      if (next.act === 'watch') tries = 0;
      await pause(pauseMs(next, next.again ? tries++ : 0), waking.signal);
      next = heedCancel(sale, next); // the cashier may have pressed cancel during the pause
      if (next.act === 'cancelOrder' && !sale.canceling) note(sale, { canceling: true });
      const answer = await request(sale, next);
      if (answer.kind === 'lost') sale.lost = true;
      next = decide(sale, next.act, answer, now());
      if (next.cancelTooLate) note(sale, { canceling: false });
    }
    journal.drop(sale.orderNo);
    const { outcome, payment, reason } = next;
    return { outcome, payment, reason, sale };
  }

  function request(sale, { act, payment }) {
    switch (act) {
      case 'firstCharge':
      case 'charge': return server.charge(sale);
      case 'watch': return server.watch(payment.id);
      case 'cancelPayment': return server.cancelPayment(payment.id);
      case 'cancelOrder': return server.cancelOrder(sale.orderNo);
      default: return server.ask(sale.orderNo);
    }
  }

  return { charge, resume, cancel, hurry };
}

function heedCancel(sale, next) {
  if (!sale.canceling) return next;
  if (next.act === 'charge') return { act: 'cancelOrder' };
  return next.act === 'watch' ? { ...next, act: 'cancelPayment' } : next;
}

function pauseMs(next, tries) {
  if (next.act === 'watch') return WATCH_EVERY_MS;
  return next.again ? ASK_AGAIN_MS[Math.min(tries, ASK_AGAIN_MS.length - 1)] : 0;
}
