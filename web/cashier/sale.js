// The sale's first half: the amount, typed or tapped.

import { html, useLayoutEffect, useRef } from '/vendor/htm-preact.js';
import { backspaceIcon } from './icons.js';
import { parseAmount, tidy } from '../amount.js';

/** What the typed text is worth: {minor, wrong}, with `wrong` in words. Nothing typed is 0 and not wrong. */
export function readAmount(i18n, text, exponent) {
  const { minor = 0, wrong } = parseAmount(text, exponent);
  return { minor, wrong: wrong && i18n.t(wrong, { n: exponent }) };
}

/** The amount field, the pad and the button. `notice` is a line such as "enter the amount first". */
export function Sale({ i18n, text, exponent, currency, notice, online, onText, onCharge, onShow }) {
  const field = useRef(null);
  const { minor, wrong } = readAmount(i18n, text, exponent);
  useLayoutEffect(() => { field.current.focus({ preventScroll: true }); }, []);

  const submit = (event) => { event.preventDefault(); if (minor > 0 && !wrong) onCharge(minor); };
  const escape = (event) => { if (event.key === 'Escape') onText(''); };
  const line = wrong || notice;

  return html`<form class="sale panel" onSubmit=${submit}>
    <label class="amount-field"><span class="visually-hidden">${i18n.t('amount')} (${currency})</span>
      <span class="symbol" aria-hidden="true">${symbol(i18n, currency)}</span>
      <input id="amount" class="amount" ref=${field} inputmode="none" autocomplete="off" enterkeyhint="go" maxlength="15"
        aria-invalid=${Boolean(wrong)} aria-describedby="amount-notice" placeholder=${empty(exponent)}
        value=${text} onInput=${(event) => onText(tidy(event.target.value))} onKeyDown=${escape} /></label>
    <p id="amount-notice" class=${line ? 'notice' : 'hint'} data-tone=${line ? 'wait' : ''} role="status">${line || i18n.t('hint_sale')}</p>
    <${Pad} i18n=${i18n} exponent=${exponent} text=${text} onText=${onText} />
    <button id="charge" class="primary wide" disabled=${!(minor > 0) || Boolean(wrong)}>
      ${minor > 0 && !wrong ? i18n.t('charge', { amount: i18n.money(minor, currency) }) : i18n.t('charge_empty')}</button>
    <button id="show-code" type="button" class=${online ? 'plain wide' : 'wide'} disabled=${!(minor > 0) || Boolean(wrong)} onClick=${() => onShow(minor)}>
      ${i18n.t(online ? 'show_code' : 'show_code_offline')}</button>
  </form>`;
}

function Pad({ i18n, exponent, text, onText }) {
  const keep = (event) => event.preventDefault(); // the field keeps the focus, for whoever types and taps
  const add = (more) => onText(tidy(text === '0' && more !== '.' ? more : text + more).slice(0, 15));
  const digit = (d) => html`<button type="button" class="key" data-key=${d} tabindex="-1" onMouseDown=${keep} onClick=${() => add(d)}>${d}</button>`;
  return html`<div class="pad" role="group" aria-label=${i18n.t('pad')}>
    ${[...'123456789'].map(digit)}
    ${digit(exponent === 0 ? '00' : '.')}${digit('0')}
    <button type="button" class="key" data-key="back" tabindex="-1" aria-label=${i18n.t('backspace')} onMouseDown=${keep}
      onClick=${() => onText(text.slice(0, -1))}>${backspaceIcon()}</button>
  </div>`;
}

const empty = (exponent) => (exponent === 0 ? '0' : `0.${'0'.repeat(exponent)}`);

function symbol(i18n, currency) {
  return i18n.money(0, currency).replace(/[\d.,\s]/g, '') || currency;
}
