// What is known of a payment by a shop's code that no answer came to. Pure.

/** How long an answer is sought without asking the payer again: so long he stands at the till. */
export const PATIENCE_MS = 60_000;

/** When what was sent can have no effect any more, after the last of it. */
const GONE_MS = 60_000;

/** Does this error say that nothing was paid? Others leave it open: a broken line, a busy server, a clock that is wrong. */
export const saysNothingWasPaid = ({ name, status, code }) =>
  name === 'Refused' && [404, 409, 422].includes(status) && code !== 'unknown_path';

/** Will asking again help? Other refusals of this device will be the same again. */
export const passes = ({ name, status, code }) =>
  name === 'Unreachable' || (name === 'Refused' && (status >= 500 || status === 429 || status === 408 || code === 'proof_replayed'));

/** When the payer may let an unanswered payment be, in ms: before, it may be on its way, and nobody can say what becomes of it. */
export const leavableAt = (paying) => paying.untilMs + GONE_MS;
