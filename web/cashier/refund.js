// The second click of a refund: how much, and go.

import { html, useRef, useState } from '/vendor/htm-preact.js';
import { Dialog } from './setup.js';
import { amountText, exponentOf, tidy } from '../amount.js';
import { netOf } from './day.js';
import { readAmount } from './sale.js';

/**
 * The dialog for one payment, the whole rest filled in. `open` is a refund of it that is still being asked about.
 * onRefund({amountMinor, reason}, onLost) resolves to {done} or {refused: code}.
 */
export function Refund({ i18n, payment, open, onRefund, onClose }) {
  const { currency } = payment;
  const exponent = exponentOf(currency);
  const left = netOf(payment);
  const [text, setText] = useState(amountText(open?.amountMinor ?? left, exponent));
  const reason = useRef(null);
  const [line, setLine] = useState(open ? { tone: 'wait', words: i18n.t('refund_lost') } : null);
  const [busy, setBusy] = useState(Boolean(open));

  const { minor, wrong } = readAmount(i18n, text, exponent);
  const tooMuch = minor > left && i18n.t('refund_too_much', { amount: i18n.money(left, currency) });
  const good = minor > 0 && !wrong && !tooMuch;

  async function submit(event) {
    event.preventDefault();
    if (!good || busy) return;
    setBusy(true);
    setLine({ tone: '', words: i18n.t('refund_sending') });
    const result = await onRefund({ amountMinor: minor, reason: reason.current.value.trim() || undefined },
      () => setLine({ tone: 'wait', words: i18n.t('refund_lost') }));
    if (result.done) return onClose();
    setBusy(false);
    return setLine({ tone: 'no', words: refusal(i18n, result.refused) });
  }

  const shown = wrong || tooMuch ? { tone: 'wait', words: wrong || tooMuch } : line;
  return html`<${Dialog} id="refund-dialog" title=${i18n.t('refund')} onClose=${onClose}>
    <form class="stack" onSubmit=${submit}>
      <p class="mono soft">${payment.order_no}</p>
      <label>${i18n.t('refund_amount')} (${currency})
        <input id="refund-amount" class="amount" inputmode="decimal" autocomplete="off" value=${text} disabled=${busy}
          aria-describedby="refund-line" onInput=${(event) => setText(tidy(event.target.value))} /></label>
      <label>${i18n.t('refund_reason')}<input id="refund-reason" autocomplete="off" maxlength="120" ref=${reason} disabled=${busy} /></label>
      <p id="refund-line" class="notice" data-tone=${shown?.tone ?? ''} role="status">${shown?.words ?? i18n.t('refund_left', { amount: i18n.money(left, currency) })}</p>
      <div class="row buttons">
        <button type="button" onClick=${onClose}>${i18n.t('close')}</button>
        <button id="refund-submit" class="primary grow" autofocus disabled=${busy || !good}>${i18n.t('refund_go', { amount: good ? i18n.money(minor, currency) : '' })}</button>
      </div>
    </form>
  <//>`;
}

function refusal(i18n, code) {
  return i18n.has(`why_${code}`) ? i18n.t(`why_${code}`) : i18n.t('refund_refused', { code });
}
