// Paying at a till that has no network, or at a sign on the wall: the payer reads the shop's code and says yes.

import { readShop } from '/sdk/shop.js';
import { html, useEffect, useRef, useState } from '/vendor/htm-preact.js';
import { amountText, exponentOf, parseAmount, tidy } from '../amount.js';
import { Hold } from '../hold.js';
import { Finder } from './finder.js';
import { begin, leave, settle } from './paying.js';
import { now, set } from './state.js';
import { useSeconds } from './ticking.js';
import { leavableAt } from './unanswered.js';
import './words-later.js';
import { explain, money, t } from './words.js';

/** The tab that scans. */
export function Scan({ state }) {
  const [read, setRead] = useState(null);
  const hold = useRef(new Hold());
  const done = () => {
    hold.current.stays(performance.now());
    setRead(null);
  };
  const paid = state.receipt ?? (state.outcome?.tone === 'go' && state.outcome);
  useEffect(done, [paid]); // else the next touch might pay it again
  return html`
    <section id="scan" data-testid="scan" class="stack">
      <h1>${t('scanTitle')}</h1>
      ${state.unsettled && html`<p id="scan-trouble" class="notice" role="alert" data-tone="no">${explain(state.unsettled)}</p>`}
      ${state.paying ? html`<${Unanswered} paying=${state.paying} settling=${state.settling} />`
        : read ? html`<${Bill} ...${read} cancel=${done} />`
          : !paid && html`<${Reading} state=${state} hold=${hold.current} found=${setRead} />`}
    </section>`;
}

function Reading({ state, hold, found }) {
  const [trouble, setTrouble] = useState('');
  const [noCamera, setNoCamera] = useState(!navigator.mediaDevices);
  const look = (text) => {
    if (!hold.isNew(text, performance.now())) return undefined;
    set({ unsettled: null });
    try {
      const shop = readShop(text);
      if (state.balance && shop.currency !== state.balance.currency) return setTrouble(t('declined.currency_mismatch'));
      return found({ qr: text, shop });
    } catch {
      return setTrouble(t('notAShop'));
    }
  };
  if (!state.online) return html`<p id="scan-offline" class="notice" data-tone="wait">${t('scanOffline')}</p>`;
  return html`
    ${trouble && html`<p id="scan-trouble" class="notice" role="alert" data-tone="wait">${trouble}</p>`}
    ${noCamera
      ? html`<${Typed} look=${look} />`
      : html`<${Finder} found=${look} ended=${() => setNoCamera(true)} failed=${() => setNoCamera(true)} /><p class="soft center">${t('scanHint')}</p>`}`;
}

function Typed({ look }) {
  const [text, setText] = useState('');
  const submit = (event) => { event.preventDefault(); look(text.trim()); };
  return html`
    <form class="stack" onSubmit=${submit}>
      <p class="notice" data-tone="wait">${t('noCamera')}</p>
      <label>${t('shopCode')}
        <input id="scan-text" data-testid="scan-text" autocomplete="off" autocapitalize="off" spellcheck=${false} required value=${text} onInput=${(event) => setText(event.target.value)} /></label>
      <button id="scan-read" class="wide">${t('readCode')}</button>
    </form>`;
}

/** What the payer says yes to. The focus is not on the button: a key pressed by chance must not pay. */
function Bill({ qr, shop, cancel }) {
  const form = useRef(null);
  useEffect(() => form.current.querySelector(shop.amount ? 'h2' : 'input').focus(), []);
  const exponent = exponentOf(shop.currency);
  const [typed, setTyped] = useState(amountText(parseAmount(shop.amount, exponent).minor ?? 0, exponent));
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState('');
  const { minor = 0, wrong } = parseAmount(shop.amount || tidy(typed), exponent);
  const pay = async (event) => {
    event.preventDefault();
    setBusy(true);
    const bill = { qr, merchant: shop.merchant, shop: shop.name, amount: minor, currency: shop.currency };
    await begin(bill).catch(() => { setBusy(false); setTrouble(t('notKept')); });
  };
  return html`
    <form id="bill" data-testid="bill" ref=${form} class="panel stack center" onSubmit=${pay}>
      <h2 class="shop" tabindex="-1">${shop.name}</h2>
      <p class="soft">${shop.city}</p>
      ${shop.amount
        ? html`<p id="bill-amount" class="amount detail-amount">${money(minor, shop.currency)}</p>`
        : html`<${AmountField} currency=${shop.currency} typed=${typed} change=${setTyped} wrong=${wrong} />`}
      ${shop.reference && html`<p class="soft">${t('order')} ${shop.reference}</p>`}
      ${trouble && html`<p class="notice" role="alert" data-tone="no">${trouble}</p>`}
      <button id="bill-pay" data-testid="bill-pay" class="primary wide" disabled=${busy || minor === 0 || Boolean(wrong)}>
        ${minor > 0 && !wrong ? t('payAmount', { amount: money(minor, shop.currency) }) : t('confirmYes')}</button>
      <button id="bill-cancel" data-testid="bill-cancel" type="button" class="wide" disabled=${busy} onClick=${cancel}>${t('confirmNo')}</button>
    </form>`;
}

const AmountField = ({ currency, typed, change, wrong }) => html`
  <label class="bill-amount">${t('howMuch', { currency })}
    <input id="bill-amount" data-testid="bill-amount" inputmode="decimal" autocomplete="off" value=${typed} aria-invalid=${Boolean(wrong)}
      onFocus=${(event) => event.target.select()} onInput=${(event) => change(event.target.value)} /></label>`;

// Said yes to, and no answer yet.
function Unanswered({ paying, settling }) {
  const { amount, currency, shop } = paying;
  const [trouble, setTrouble] = useState('');
  useEffect(() => { if (!settling && now() < paying.untilMs) settle(); }, []); // the page was closed in the middle
  const wait = useSeconds(leavableAt(paying));
  return html`
    <div id="unanswered" data-testid="unanswered" data-settling=${String(settling)} class="panel stack center" role="status">
      <h2>${settling ? t('paying') : t('notAnswered')}</h2>
      <p class="amount detail-amount">${money(amount, currency)}</p>
      <p class="shop">${shop}</p>
      ${!settling && html`
        <p class="soft">${t('notAnsweredText')}</p>
        ${trouble && html`<p class="notice" role="alert" data-tone="wait">${trouble}</p>`}
        <button id="pay-again" data-testid="pay-again" class="primary wide" onClick=${settle}>${t('payAgain')}</button>
        <button id="pay-leave" data-testid="pay-leave" class="wide" disabled=${wait > 0}
          onClick=${() => leave().catch((error) => setTrouble(explain(error)))}>${wait > 0 ? t('payLeaveIn', { n: wait }) : t('payLeave')}</button>`}
    </div>`;
}
