// The right side: the day's payments with their states, search, refunds and totals.

import { html, useState } from '/vendor/htm-preact.js';
import { matches, netOf, totals } from './day.js';
import { refreshIcon } from './icons.js';

const ROWS_AT_ONCE = 100;
const TONES = { succeeded: 'go', declined: 'no', pending: 'wait' };

/** `day` is one of day.js; actions: refund(payment), refresh(), showDay(date), shift(). */
export function Today({ i18n, day, today, openRefunds, notice, actions }) {
  const [search, setSearch] = useState('');
  const [rows, setRows] = useState(ROWS_AT_ONCE);
  const all = day.payments();
  const shown = search ? all.filter((payment) => matches(payment, search, i18n.money(payment.amount, payment.currency))) : all;
  return html`<section id="today" class="today panel" aria-labelledby="today-title">
    <header class="row">
      <h2 id="today-title" class="grow">${i18n.t(day.date === today ? 'today' : 'day')}</h2>
      <input id="day" type="date" aria-label=${i18n.t('day')} value=${day.date} max=${today}
        onChange=${(event) => event.target.value && actions.showDay(event.target.value)} />
      <button id="refresh" class="plain icon" aria-label=${i18n.t('refresh')} title=${i18n.t('refresh')} onClick=${actions.refresh}>${refreshIcon()}</button>
    </header>
    <input id="search" type="search" aria-label=${i18n.t('search')} placeholder=${i18n.t('search')} value=${search}
      onInput=${(event) => { setSearch(event.target.value); setRows(ROWS_AT_ONCE); }} />
    <div role="status" class="stack notices">
      ${day.state === 'lost' && day.atMs && html`<p class="notice" data-tone="wait">${i18n.t('list_lost', { time: i18n.time(day.atMs) })}</p>`}
      ${openRefunds > 0 && html`<p class="notice" data-tone="wait">${i18n.t('refund_open', { n: openRefunds })}</p>`}
      ${notice && html`<p id="today-notice" class="notice" data-tone="go">${notice}</p>`}
    </div>
    ${shown.length === 0
    ? html`<p class="empty soft">${i18n.t(day.state === 'loading' ? 'list_loading' : all.length ? 'list_none' : 'list_empty')}</p>`
    : html`<ul id="payments">${shown.slice(0, rows).map((payment) => html`<${Row} key=${payment.id} i18n=${i18n} payment=${payment} onRefund=${actions.refund} />`)}
      ${shown.length > rows && html`<li><button class="plain wide" onClick=${() => setRows(rows + ROWS_AT_ONCE)}>${i18n.t('list_more')}</button></li>`}</ul>`}
    <${Totals} i18n=${i18n} payments=${all} onShift=${actions.shift} />
  </section>`;
}

function Row({ i18n, payment, onRefund }) {
  const { status, amount, refunded, currency } = payment;
  const amountWords = i18n.money(amount, currency);
  return html`<li class="payment" data-status=${status} data-order=${payment.order_no} title=${payment.decline_code ? i18n.t(`why_${payment.decline_code}`) : undefined}>
    <div class="grow">
      <div class="row first"><span class="amount">${amountWords}</span>
        <span class="badge" data-tone=${TONES[status]}>${i18n.t(`status_${status}`)}</span>
        ${refunded > 0 && html`<span class="soft returned">−${i18n.money(refunded, currency)}</span>`}</div>
      <div class="soft second"><span>${i18n.time(payment.created_at)}</span>
        <span class="mono order" title=${payment.order_no}>${payment.order_no}</span>
        ${payment.payer?.masked && html`<span>${payment.payer.masked}</span>`}</div>
    </div>
    ${netOf(payment) > 0 && html`<button class="plain refund" aria-label=${`${i18n.t('refund')} ${amountWords} ${payment.order_no}`}
      onClick=${() => onRefund(payment)}>${i18n.t('refund')}</button>`}
  </li>`;
}

function Totals({ i18n, payments, onShift }) {
  return html`<footer id="totals" class="totals">
    ${totals(payments).map(({ currency, count, sold, refunded, net }) => html`<dl class="facts" data-currency=${currency} key=${currency}>
      <dt>${i18n.t('total_sales', { n: count })}</dt><dd class="amount">${i18n.money(sold, currency)}</dd>
      ${refunded > 0 && html`<dt>${i18n.t('total_refunded')}</dt><dd class="amount">−${i18n.money(refunded, currency)}</dd>`}
      <dt><strong>${i18n.t('total_net')}</strong></dt><dd class="amount net">${i18n.money(net, currency)}</dd></dl>`)}
    <button id="shift" class="wide" onClick=${onShift}>${i18n.t('shift')}</button>
  </footer>`;
}
