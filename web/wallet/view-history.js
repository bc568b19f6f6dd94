// What was paid, by day; a payment in full when it is tapped.

import { html, useState } from '/vendor/htm-preact.js';
import { Dialog } from './dialogs.js';
import { groupByDay } from './payments.js';
import { lookUp, more } from './receipts.js';
import { set } from './state.js';
import { hasReceipt } from './view-receipt.js';
import './words-later.js';
import { explain, explainDecline, i18n, money, t } from './words.js';

/** The second tab. */
export function History({ state }) {
  const [openID, setOpenID] = useState(null);
  const opened = state.payments.find((payment) => payment.id === openID);
  const open = (id) => { setOpenID(id); lookUp(id).catch(() => {}); }; // without network: as it was last known
  return html`
    <section id="history" data-testid="history" class="stack">
      <h1>${t('history')}</h1>
      ${!state.online && state.paymentsAt && html`
        <p class="notice" data-tone="wait">${t('historyStored', { time: i18n.dayAndTime(state.paymentsAt) })}</p>`}
      ${state.payments.length === 0 && html`<p class="panel soft center">${t('historyEmpty')}</p>`}
      ${groupByDay(state.payments).map(({ day, payments }) => html`
        <section class="stack day" key=${day}>
          <h2>${i18n.day(day)}</h2>
          <ul class="panel list">${payments.map((payment) => html`<${Line} key=${payment.id} payment=${payment} open=${open} />`)}</ul>
        </section>`)}
      ${state.cursor && state.online && html`<${More} />`}
      ${opened && html`<${Detail} payment=${opened} close=${() => setOpenID(null)} />`}
    </section>`;
}

function Line({ payment, open }) {
  const settled = payment.status === 'succeeded';
  return html`
    <li>
      <button class="line" data-testid="payment" data-id=${payment.id} data-status=${payment.status} onClick=${() => open(payment.id)}>
        <span class="grow"><span class="shop">${payment.merchant?.name}</span>
          <small>${i18n.time(payment.created_at)}
            ${!settled && html` · <span data-tone=${toneOf(payment)}>${t(`status.${payment.status}`)}</span>`}</small></span>
        <span class="amount" data-void=${['declined', 'canceled'].includes(payment.status)}>${money(payment.amount, payment.currency)}</span>
      </button>
    </li>`;
}

const toneOf = ({ status }) => ({ pending: 'wait', declined: 'no' })[status] ?? 'quiet';

function More() {
  const [trouble, setTrouble] = useState('');
  const fetchMore = () => more().catch((error) => setTrouble(explain(error)));
  return html`
    ${trouble && html`<p class="notice" role="alert" data-tone="wait">${trouble}</p>`}
    <button id="history-more" class="wide" onClick=${fetchMore}>${t('historyMore')}</button>`;
}

function Detail({ payment, close }) {
  const facts = [
    ['status', t(`status.${payment.status}`)],
    payment.decline_code && ['reason', explainDecline(payment)],
    payment.refunded > 0 && ['refunded', money(payment.refunded, payment.currency)],
    ['time', i18n.dayAndTime(payment.created_at)],
    ['method', i18n.has(`method.${payment.method}`) ? t(`method.${payment.method}`) : payment.method],
    ['order', payment.order_no],
    ['number', payment.id],
  ].filter(Boolean);
  return html`
    <${Dialog} id="payment" data-testid="payment-detail" class="stack" aria-labelledby="payment-title" onEscape=${close}>
      <h2 id="payment-title">${payment.merchant?.name}</h2>
      <p class="amount detail-amount">${money(payment.amount, payment.currency)}</p>
      <dl class="facts">${facts.map(([name, value]) => html`<dt>${t(name)}</dt><dd data-fact=${name}>${value}</dd>`)}</dl>
      ${hasReceipt(payment) && html`
        <button id="payment-receipt" class="primary wide" onClick=${() => { close(); set({ receipt: payment }); }}>${t('showReceipt')}</button>`}
      <button id="payment-close" class="wide" autofocus onClick=${close}>${t('close')}</button>
    <//>`;
}
