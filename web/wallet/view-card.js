// What the cards with a code on them have in common.

import { html, useState } from '/vendor/htm-preact.js';
import { pause, sync } from './session.js';
import { useSeconds } from './ticking.js';
import { explain, t } from './words.js';

/** The seconds that are left to a code: {untilMs}, or none; period: how many it had. */
export function Ring({ code, period }) {
  const left = useSeconds(code ? code.untilMs : 0);
  const share = code ? Math.min(left / period, 1) : 0;
  return html`
    <div class="ring" role=${code && 'timer'} aria-label=${code && t('secondsLeft', { n: left })}>
      <svg viewBox="0 0 44 44" aria-hidden="true">
        <circle cx="22" cy="22" r="19" class="ring-track" />
        <circle cx="22" cy="22" r="19" class="ring-left" pathLength="1" stroke-dasharray="${share} 1" />
      </svg>
      <span aria-hidden="true" class="amount">${code ? left : ''}</span>
    </div>`;
}

/** Why this device shows no code of any kind: an Obstacle's words, or null. */
export function stopped({ paused, frozen }) {
  if (frozen) return { id: 'frozen', title: t('frozen'), text: t('frozenText'), action: html`<${SyncNow} />` };
  if (paused) return { id: 'paused', title: t('paused'), text: t('pausedText'), action: html`<${Resume} />` };
  return null;
}

const Resume = () => html`<button id="resume" data-testid="resume" class="primary" onClick=${() => pause(false)}>${t('resume')}</button>`;

/** Asks the server for what is missing. */
export function SyncNow() {
  const [trouble, setTrouble] = useState('');
  return html`
    <button id="obstacle-sync" class="primary" onClick=${() => sync().catch((error) => setTrouble(explain(error)))}>${t('syncNow')}</button>
    <p role="alert">${trouble}</p>`;
}

/** In place of a card: why there is no code, and what to do. */
export const Obstacle = ({ id, title, text, action }) => html`
  <section id=${id} data-testid=${id} class="card obstacle">
    <svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="9" /><path d="M10 9v6M14 9v6" /></svg>
    <h2>${title}</h2>
    <p class="soft">${text}</p>
    ${action}
  </section>`;

