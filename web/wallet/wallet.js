// The wallet page. This file draws the frame and starts the rest; what it shows is in state.js.
//
// Names that tests and other programs may rely on (each is also a data-testid):
//
//   first visit   #welcome  #reason[data-reason=lost|revoked|blocked|insecure]  #enrol-link  #enrol-name
//                 #enrol-scan  #enrol-button  #enrol-trouble        a wallet is here already: #replace #replace-keep #replace-yes
//   pay           #card[data-kind=online|offline|none]  #barcode  #qr  #digits (tap to reveal, then its text is the digits in fours)
//                 #digits-warning  #another-code  #badge[data-kind=online|offline|none]  #balance  #sync-soon
//                 in place of the card: #paused #resume, #frozen, #expired
//                 #missed  #missed-see  #missed-dismiss
//   ride          #ride  #ride-card[data-kind=offline|none]  #qr  #pass-until  #debt (or in place of the card, as are:) #no-pass #pass-ended #paused #frozen
//                 #rides  [data-testid=ride-line][data-id][data-status]  #rides-more
//   scan          #scan  #scan-trouble  #scan-offline  #scan-text #scan-read (where there is no camera)
//                 #bill  #bill-amount (text, or the field for it)  #bill-pay  #bill-cancel
//                 #unanswered[data-settling=true|false]  #pay-again  #pay-leave
//   receipt       #receipt[data-good=true|false]  #receipt-amount  #qr  #receipt-done
//   outcome       #result[data-status=<payment status>]  #result-title  #result-amount  #result-done
//   question      #confirm  #confirm-yes  #confirm-no
//   history       #history  [data-testid=payment][data-id][data-status]  #history-more
//                 #payment (detail; [data-fact=status|refunded|order|…])  #payment-receipt  #payment-close
//   settings      #settings  #pause  #sync-now  [data-fact=clock|deviceName]  #language  #remove  #remove-yes
//   everywhere    #tab-pay  #tab-ride  #tab-scan  #tab-history  #tab-settings (aria-current=page)  #switch-language
//   <html data-phase=starting|welcome|ready data-online=true|false>

import { html, render, useEffect, useState } from '/vendor/htm-preact.js';
import { canPay } from './codes.js';
import { stayConnected } from './live.js';
import { start } from './session.js';
import { get, set, subscribe } from './state.js';
import { Confirm, Outcome } from './view-outcome.js';
import { Pay } from './view-pay.js';
import { Welcome } from './view-welcome.js';
import { i18n, t } from './words.js';

const TABS = {
  pay: { view: Pay, icon: 'M4 5v14M7 5v14M10 5v14M12.5 5v14M16 5v14M20 5v14' },
  ride: { view: later(() => import('./view-ride.js').then(({ Ride }) => Ride)), icon: 'M12 20V5M6 11l6-6 6 6' },
  scan: { view: later(() => import('./view-scan.js').then(({ Scan }) => Scan)), icon: 'M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M4 12h16' },
  history: { view: later(() => import('./view-history.js').then(({ History }) => History)), icon: 'M5 6h14M5 12h14M5 18h9' },
  settings: { view: later(() => import('./view-settings.js').then(({ Settings }) => Settings)), icon: 'M4 8h9M17 8h3M4 16h3M11 16h9M15 6v4M9 14v4' },
};

const Receipt = later(() => import('./view-receipt.js').then((receipt) => receipt.Receipt));

/** A view that comes when it is first wanted, or by bringLater. The service worker has it, so it needs no network. */
function later(bring) {
  let View = null;
  function Later({ state }) {
    const [, redraw] = useState(0);
    useEffect(() => { if (!View) Later.bring().then(() => redraw(1), () => {}); }, []);
    return View && html`<${View} state=${state} />`;
  }
  Later.bring = async () => { View ??= await bring(); };
  return Later;
}

/** Brings the other tabs once the first code is on the screen, or there is none to be had: nothing stands before that. */
function bringLater(state) {
  if (!state.device || (!state.code && canPay(state))) return;
  stopBringing();
  const views = [...Object.values(TABS).map(({ view }) => view), Receipt];
  for (const view of views) view.bring?.().catch(() => {}); // what does not come now does when it is wanted
}

function Page() {
  const [state, setState] = useState(get());
  const [, redraw] = useState(0);
  useEffect(() => subscribe(setState), []);
  useEffect(() => i18n.onChange(() => redraw((n) => n + 1)), []);
  useEffect(() => { document.title = t('title'); });
  if (state.phase === 'starting') return null;
  const { view } = TABS[state.tab];
  return html`
    <a class="skip" href="#main">${t('toContent')}</a>
    <${Head} state=${state} />
    <main id="main" tabindex="-1">${state.phase === 'ready' ? html`<${view} state=${state} />` : html`<${Welcome} state=${state} />`}</main>
    ${state.phase === 'ready' && html`<${Tabs} current=${state.tab} />`}
    ${state.confirm && html`<${Confirm} key=${state.confirm.id} payment=${state.confirm} />`}
    ${state.receipt && html`<${Receipt} key=${state.receipt.id} state=${state} />`}
    ${state.outcome && html`<${Outcome} key=${state.outcome.payment.id} outcome=${state.outcome} />`}`;
}

const Head = ({ state }) => html`
  <header class="head row">
    <span class="grow head-name">${state.device?.payer?.name ?? t('title')}</span>
    <button id="switch-language" data-testid="switch-language" class="plain" lang=${i18n.next} aria-label=${t('switchLanguageLabel')}
      onClick=${() => i18n.use(i18n.next)}>${t('switchLanguage')}</button>
  </header>`;

const Tabs = ({ current }) => html`
  <nav class="tabs" aria-label=${t('title')}>
    ${Object.entries(TABS).map(([name, { icon }]) => html`
      <button id="tab-${name}" data-testid="tab-${name}" aria-current=${name === current ? 'page' : null} onClick=${() => set({ tab: name })}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d=${icon} /></svg>${t(name)}
      </button>`)}
  </nav>`;

/** A ticket in the address, taken out of it at once: it must not stay in the history or in a screenshot. */
function takeTicket() {
  const ticket = new URLSearchParams(location.hash.slice(1)).get('ticket') ?? '';
  if (ticket) history.replaceState(null, '', location.pathname);
  return ticket;
}

function markDocument({ phase, online }) {
  Object.assign(document.documentElement.dataset, { phase, online });
}

subscribe(markDocument);
const stopBringing = subscribe(bringLater);
addEventListener('hashchange', () => { const ticket = takeTicket(); if (ticket) set({ phase: 'welcome', ticket }); });
await start(takeTicket());
render(html`<${Page} />`, document.getElementById('wallet'));
stayConnected();
navigator.serviceWorker?.register('/wallet/sw.js');
