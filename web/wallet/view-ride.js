// The code for gates, in a colour of its own so that nobody holds it out to a cashier; below it, where it has been.

import { html, useEffect, useState } from '/vendor/htm-preact.js';
import { correction } from '/vendor/lean-qr.js';
import { moreRides, refreshRides } from './rides.js';
import { SHOWN_SECONDS, passOf, useRideCode } from './riding.js';
import { sync } from './session.js';
import { useWakeLock, useWidth } from './showing.js';
import { now } from './state.js';
import { QR } from '../qr.js';
import { useSeconds } from './ticking.js';
import { Obstacle, Ring, SyncNow, stopped } from './view-card.js';
import './words-later.js';
import { explain, i18n, money, t } from './words.js';

/** The tab of rides. */
export function Ride({ state }) {
  const pass = passOf(state.device);
  const debt = state.rides?.debt;
  const obstacle = obstacleOf(state, pass);
  const code = useRideCode(state.device, !obstacle);
  useWakeLock(Boolean(code));
  useEffect(() => {
    if (state.online) refreshRides().catch(() => {}); // what was known stays on the screen
  }, [state.online, state.paymentsAt]);
  useEffect(() => {
    if (!pass && !debt && state.online) sync().catch(() => {}); // who owes gets none; when it is paid, one waits
  }, [!pass, !debt, state.online]);
  return html`
    <div id="ride" data-testid="ride" class="stack">
      <h1 class="visually-hidden">${t('ride')}</h1>
      ${debt && pass && html`<${Debt} debt=${debt} at=${state.rides.at} />`}
      ${obstacle ? html`<${Obstacle} ...${obstacle} />` : html`<${Card} code=${code} pass=${pass} online=${state.online} />`}
      <${Rides} known=${state.rides} online=${state.online} />
    </div>`;
}

function obstacleOf(state, pass) {
  const action = html`<${SyncNow} />`;
  const debt = state.rides?.debt;
  if (!pass && debt) return stopped(state) ?? { id: 'debt', title: owes(debt), text: t('debtText', { time: i18n.dayAndTime(state.rides.at) }), action };
  if (!pass) return stopped(state) ?? { id: 'no-pass', title: t('noPass'), text: t('noPassText'), action };
  if (now() < pass.expiresMs) return stopped(state);
  return { id: 'pass-ended', title: t('passEnded'), text: t('passEndedText', { time: i18n.dayAndTime(pass.expiresMs) }), action };
}

function Card({ code, pass, online }) {
  const [box, width] = useWidth();
  return html`
    <section id="ride-card" data-testid="ride-card" class="card ride-card" data-kind=${code ? 'offline' : 'none'} aria-label=${t('ride')}>
      <p class="ride-head"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 21V4M5 11l7-7 7 7" /></svg>${t('rideHold')}</p>
      <div class="symbols" ref=${box}>
        ${code && width > 0 && html`
          <${Fresh} code=${code}><${QR} text=${code.text} width=${width * 0.87} level=${correction.L} label=${t('rideQR')} /><//>`}
      </div>
      <div class="card-foot">
        <${Ring} code=${code} period=${SHOWN_SECONDS} />
        <small id="pass-until">${online ? '' : html`<strong>${t('rideNoNetwork')}</strong><br />`}${t('passUntil', { time: i18n.dayAndTime(pass.expiresMs) })}</small>
      </div>
    </section>`;
}

// A code that is over goes at once, also where a sleeping phone has let the timers be late.
const Fresh = ({ code, children }) => useSeconds(code.untilMs) > 0 && children;

// Gates find out by their deny list; what this phone heard last may be past, so the code stays to be seen.
const Debt = ({ debt, at }) => html`
  <p id="debt" data-testid="debt" class="notice" data-tone="wait" role="status"><strong>${owes(debt)}</strong><br />${t('debtText', { time: i18n.dayAndTime(at) })}</p>`;

const owes = ({ amount, currency }) => t('debt', { amount: money(amount, currency) });

function Rides({ known, online }) {
  const [trouble, setTrouble] = useState('');
  if (!known) return null;
  const more = () => moreRides().catch((error) => setTrouble(explain(error)));
  return html`
    <section id="rides" data-testid="rides" class="stack day">
      <h2>${t('rides')}</h2>
      ${known.rides.length === 0
        ? html`<p class="panel soft center">${t('ridesEmpty')}</p>`
        : html`<ul class="panel list">${known.rides.map((ride) => html`<${Line} key=${ride.id} ride=${ride} />`)}</ul>`}
      ${trouble && html`<p class="notice" role="alert" data-tone="wait">${trouble}</p>`}
      ${known.cursor && online && html`<button id="rides-more" class="wide" onClick=${more}>${t('ridesMore')}</button>`}
    </section>`;
}

const STATUS = { open: 'wait', debt: 'no', canceled: 'quiet', free: 'quiet' }; // of one that is charged the fare says all

function Line({ ride }) {
  const { status, line, from, to } = ride;
  const tone = STATUS[status];
  const way = [from, to].filter(Boolean).join(' → ');
  return html`
    <li>
      <div class="line row" data-testid="ride-line" data-id=${ride.id} data-status=${status}>
        <span class="grow"><span class="shop">${line}</span>
          <small>${way && html`${way} · `}${i18n.dayAndTime(ride.at)}${tone && html` · <span data-tone=${tone}>${t(`ride.${status}`)}</span>`}</small></span>
        ${ride.fare !== undefined && html`<span class="amount" data-void=${status === 'canceled'}>${money(ride.fare, ride.currency)}</span>`}
      </div>
    </li>`;
}
