// The card: barcode above QR, white on any theme, and what one needs to know about it.

import { html, useEffect, useState } from '/vendor/htm-preact.js';
import { showNext } from './codes.js';
import { netAmount } from './payments.js';
import { dismissMissed } from './receipts.js';
import { useFreshCode, useWakeLock, useWidth } from './showing.js';
import { now, set } from './state.js';
import { QR } from '../qr.js';
import { Barcode } from './symbols.js';
import { Obstacle, Ring, SyncNow, stopped } from './view-card.js';
import { i18n, money, t } from './words.js';

const THREE_DAYS_MS = 3 * 24 * 3600 * 1000;

/** The first tab. */
export function Pay({ state }) {
  useFreshCode(state);
  useWakeLock(Boolean(state.code));
  return html`
    <div class="pay stack">
      <h1 class="visually-hidden">${t('pay')}</h1>
      <${Missed} missed=${state.missed} />
      <${Card} state=${state} />
      <${Balance} balance=${state.balance} />
      <${SyncSoon} device=${state.device} />
    </div>`;
}

function Card({ state }) {
  const { code } = state;
  const obstacle = obstacleOf(state);
  if (obstacle) return html`<${Obstacle} ...${obstacle} />`;
  return html`
    <section id="card" data-testid="card" class="card" data-kind=${code?.kind ?? 'none'} aria-label=${t('pay')}>
      ${code ? html`<${Symbols} code=${code} />` : html`<div class="symbols" aria-hidden="true"></div>`}
      <${Kind} code=${code} online=${state.online} />
      <div class="card-foot">
        <${Ring} code=${code} period=${state.device.profile.period_s} />
        <${Another} code=${code} />
      </div>
    </section>`;
}

function Symbols({ code }) {
  const [box, width] = useWidth();
  const [revealed, setRevealed] = useState(false);
  useEffect(() => setRevealed(false), [code.barcode]);
  return html`
    <div class="symbols" ref=${box}>
      ${width > 0 && html`
        <${Barcode} text=${code.barcode} width=${width} height=${88} label=${t('barcodeLabel')} />
        <${Digits} digits=${code.barcode} revealed=${revealed} toggle=${() => setRevealed(!revealed)} />
        <${QR} text=${code.qr} width=${Math.min(width * 0.62, 320)} label=${t('qrLabel')} />`}
    </div>`;
}

function Digits({ digits, revealed, toggle }) {
  return html`
    <button id="digits" data-testid="digits" class="digits" aria-expanded=${revealed} onClick=${toggle}>
      ${revealed ? digits.match(/.{1,4}/g).join(' ') : html`<span aria-hidden="true">•••• </span>${t('showDigits')}`}
    </button>
    ${revealed && html`<p id="digits-warning" role="alert" class="digits-warning">${t('digitsWarning')}</p>`}`;
}

function Kind({ code, online }) {
  const words = code?.kind === 'online' ? t('onlineCode') : online ? t('offlineCode') : t('noNetwork');
  const tone = code?.kind === 'online' ? 'quiet' : 'wait';
  return html`<p id="badge" data-testid="badge" class="badge" role="status" data-kind=${code?.kind ?? 'none'} data-tone=${tone}>${words}</p>`;
}

function Another({ code }) {
  if (code?.another === false) return html`<small class="no-other">${t('noOtherCode')}</small>`;
  return html`
    <button id="another-code" data-testid="another-code" class="another" disabled=${!code} onClick=${showNext}>
      <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M20 12a8 8 0 1 1-2.3-5.6M20 3v4.5h-4.5" /></svg>
      ${t('anotherCode')}
    </button>`;
}

// Why there is no code, if there is none to be had.
function obstacleOf(state) {
  const { device } = state;
  const never = stopped(state);
  if (never || now() < Date.parse(device.syncBy)) return never;
  const time = i18n.dayAndTime(device.syncedAt);
  return { id: 'expired', title: t('expired'), text: t('expiredText', { time }), action: html`<${SyncNow} />` };
}

const Balance = ({ balance }) => html`
  <p id="balance" data-testid="balance" class="balance">
    <span class="soft">${t('balance')}</span>
    ${balance
      ? html`<span class="amount">${money(balance.amount, balance.currency)}</span> <small>${t('asOf', { time: when(balance.at) })}</small>`
      : html`<small>${t('balanceUnknown')}</small>`}
  </p>`;

const when = (at) => (new Date(at).toDateString() === new Date().toDateString() ? i18n.time(at) : i18n.dayAndTime(at));

function SyncSoon({ device }) {
  const left = Date.parse(device.syncBy) - now();
  if (left > THREE_DAYS_MS || left <= 0) return null;
  return html`<p id="sync-soon" class="notice" data-tone="wait">${t('syncSoon', { time: i18n.dayAndTime(device.syncBy) })}</p>`;
}

const inShort = (payment) => `${money(netAmount(payment), payment.currency)} ${payment.merchant?.name ?? ''}`;

function Missed({ missed }) {
  if (missed.length === 0) return null;
  const see = () => { set({ tab: 'history' }); dismissMissed(); };
  return html`
    <section id="missed" data-testid="missed" class="notice missed" data-tone="go" role="status">
      <button id="missed-see" data-testid="missed-see" class="grow" onClick=${see}>
        <strong>${t('missed', { n: missed.length })}</strong>
        <span class="missed-list">${missed.map(inShort).join(' · ')}</span>
      </button>
      <button id="missed-dismiss" data-testid="missed-dismiss" aria-label=${t('dismiss')} onClick=${dismissMissed}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M7 7l10 10M17 7L7 17" /></svg>
      </button>
    </section>`;
}
