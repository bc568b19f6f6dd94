// The issuer's word that this was paid, for a till that has no network to ask.

import { html } from '/vendor/htm-preact.js';
import { correction } from '/vendor/lean-qr.js';
import { Dialog } from './dialogs.js';
import { useWakeLock, useWidth } from './showing.js';
import { now, set } from './state.js';
import { QR } from '../qr.js';
import { useSeconds } from './ticking.js';
import { Ring } from './view-card.js';
import './words-later.js';
import { i18n, money, t } from './words.js';

const LASTS_SECONDS = 300; // for so long tills take it (docs/codes.md)

/** Until when tills take a payment's receipt, in ms. */
const untilOf = (payment) => Date.parse(payment.settled_at ?? payment.created_at) + LASTS_SECONDS * 1000;

/** Is there a receipt that a till would take? */
export const hasReceipt = (payment) => Boolean(payment.receipt) && now() < untilOf(payment);

/** Fills the screen, black on white on any theme: amount, shop, and what the till reads. */
export function Receipt({ state: { receipt: payment } }) {
  const [box, width] = useWidth();
  const untilMs = untilOf(payment);
  const good = useSeconds(untilMs) > 0;
  useWakeLock(good);
  const close = () => set({ receipt: null });
  return html`
    <${Dialog} id="receipt" data-testid="receipt" class="sheet receipt" data-good=${String(good)} aria-labelledby="receipt-title" onEscape=${close}>
      <h1 id="receipt-title">${t('paid')}</h1>
      <p id="receipt-amount" class="amount">${money(payment.amount, payment.currency)}</p>
      <p class="shop">${payment.merchant?.name}</p>
      <div class="receipt-qr" ref=${box}>
        ${good && width > 0 && html`<${QR} text=${payment.receipt} width=${width * 0.88} level=${correction.L} label=${t('receiptQR')} />`}
      </div>
      <div class="row"><p>${good ? t('receiptShow') : t('receiptOld')}</p>${good && html`<${Ring} code=${{ untilMs }} period=${LASTS_SECONDS} />`}</div>
      <p class="soft">${i18n.timeWithSeconds(payment.settled_at ?? payment.created_at)}</p>
      <button id="receipt-done" data-testid="receipt-done" class="primary wide" autofocus onClick=${close}>${t('done')}</button>
    <//>`;
}
