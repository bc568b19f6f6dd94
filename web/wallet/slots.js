// Which slot to show next, and for how long. Pure.

const LAST_NONCE = 9;

/**
 * The slot after `last` ({counter, nonce} or undefined) in window `counter`. A new window begins with nonce 0;
 * within a window every showing takes the next nonce, because the shown one may have been spent without our
 * hearing of it. The tenth stays: a payer who needs more waits for the window to end.
 */
export function nextSlot(last, counter) {
  if (last?.counter !== counter) return { counter, nonce: 0 };
  return { counter, nonce: Math.min(last.nonce + 1, LAST_NONCE) };
}

/** Is there another slot in this window? */
export const hasAnother = (slot) => slot.nonce < LAST_NONCE;

/**
 * When an online code should be replaced, in ms: after one period, and well before the server forgets it,
 * so that nobody holds up a code that dies on its way to the till.
 */
export function onlineUntil(nowMs, expiresAt, periodSeconds) {
  const MARGIN_MS = 10_000;
  return Math.min(nowMs + periodSeconds * 1000, Date.parse(expiresAt) - MARGIN_MS);
}
