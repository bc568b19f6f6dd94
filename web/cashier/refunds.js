// Giving money back, once: a refund's number is made once and kept until the server has said what became of it.

const ASK_AGAIN_MS = [1_000, 2_000, 5_000]; // the last one for ever

/**
 * makeRefunds sends refunds {refundNo, merchantId, paymentId, amountMinor, currency, reason?}. Handed in: server.refund,
 * a journal of kind "refund", pause(ms), and onChange, called when `open()` has changed.
 */
export function makeRefunds({ server, journal, pause, onChange }) {
  /** The refunds whose outcome is not known. */
  const open = () => journal.all();

  /** The one under way for a payment, if any: it must end before another begins. */
  const openFor = (paymentId) => open().find((refund) => refund.paymentId === paymentId);

  /** Sends until it is known. `onLost` is called after each answer that did not come. Resolves to {done: true} or {refused: code}. */
  async function send(refund, onLost = () => {}) {
    journal.save(refund.refundNo, refund); // before it is sent, so that a reload asks with the same number
    onChange();
    for (let tries = 0; ; tries++) {
      const answer = await server.refund(refund.paymentId, refund);
      const known = outcomeOf(answer);
      if (known) {
        journal.drop(refund.refundNo);
        onChange();
        return known;
      }
      onLost(answer);
      await pause(ASK_AGAIN_MS[Math.min(tries, ASK_AGAIN_MS.length - 1)]);
    }
  }

  return { send, open, openFor };
}

function outcomeOf(answer) {
  if (answer.kind === 'ok') return { done: true };
  if (answer.kind === 'absent') return { refused: 'payment_not_found' };
  // Without a good key nothing was looked at: an earlier try may have gone through.
  const looked = answer.kind === 'problem' && answer.status !== 401 && answer.status !== 403;
  return looked ? { refused: answer.code } : null;
}
