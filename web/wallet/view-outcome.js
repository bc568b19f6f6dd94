// What fills the screen: a question to answer, and how a payment ended.

import { html, useEffect, useState } from '/vendor/htm-preact.js';
import { Dialog } from './dialogs.js';
import { answerBy } from './payments.js';
import { answer, letPass } from './receipts.js';
import { set } from './state.js';
import { useSeconds } from './ticking.js';
import { explain, explainDecline, i18n, money, t } from './words.js';

/**
 * The shop wants more than the payer's limit for paying unasked: the payer says yes or no, within a minute.
 * The question has the focus, not the button: a key pressed by chance must not pay.
 */
export function Confirm({ payment }) {
  const left = Math.min(useSeconds(answerBy(payment)), 60); // two clocks never agree to the second
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState('');
  useEffect(() => { if (left === 0 && !busy) letPass(); }, [left === 0, busy]);
  const say = (yes) => async () => {
    setBusy(true);
    try {
      await answer(payment, yes);
    } catch (error) {
      setTrouble(error.name === 'Unreachable' ? t('confirmFailed') : explain(error));
      setBusy(false);
    }
  };
  return html`
    <${Dialog} id="confirm" data-testid="confirm" class="sheet" data-tone="wait" aria-labelledby="confirm-title">
      <h1 id="confirm-title" tabindex="-1" autofocus>${t('confirmTitle')}</h1>
      <p class="amount">${money(payment.amount, payment.currency)}</p>
      <p class="shop">${payment.merchant?.name}</p>
      <p role="timer" aria-label=${t('confirmTimer')} class="soft amount-s">${t('confirmLeft', { n: left })}</p>
      ${trouble && html`<p role="alert">${trouble}</p>`}
      <div class="answers">
        <button id="confirm-yes" data-testid="confirm-yes" class="primary wide" disabled=${busy} onClick=${say(true)}>${t('confirmYes')}</button>
        <button id="confirm-no" data-testid="confirm-no" class="wide" disabled=${busy} onClick=${say(false)}>${t('confirmNo')}</button>
      </div>
    <//>`;
}

const SIGNS = {
  go: 'M14 30l10 10 20-22',
  no: 'M18 18l22 22M40 18L18 40',
};

/** How a payment ended: amount, shop, time. */
export function Outcome({ outcome: { tone, payment } }) {
  const close = () => set({ outcome: null });
  const refused = payment.decline_code === 'confirmation_rejected';
  return html`
    <${Dialog} id="result" data-testid="result" class="sheet" data-tone=${refused ? 'quiet' : tone} data-status=${payment.status}
      aria-labelledby="result-title" onEscape=${close}>
      <svg class="sign" viewBox="0 0 58 58" aria-hidden="true"><circle cx="29" cy="29" r="27" /><path d=${SIGNS[tone]} /></svg>
      <h1 id="result-title">${tone === 'go' ? t('paid') : refused ? t('rejected') : t('notPaid')}</h1>
      <p id="result-amount" class="amount">${money(payment.amount, payment.currency)}</p>
      <p class="shop">${payment.merchant?.name}</p>
      ${tone === 'no' && html`<p>${refused ? t('rejectedText') : explainDecline(payment)}</p>`}
      <p class="soft">${i18n.timeWithSeconds(payment.settled_at ?? payment.created_at)}</p>
      <div class="answers">
        <button id="result-done" data-testid="result-done" class="primary wide" autofocus onClick=${close}>${t('done')}</button>
      </div>
    <//>`;
}
