// Everything about this device: its name, pause, sync, clock, limits, language, and how to remove it.

import { html, useState } from '/vendor/htm-preact.js';
import { Dialog } from './dialogs.js';
import { pause, remove, sync } from './session.js';
import { explain, i18n, money, t } from './words.js';

/** The third tab. */
export function Settings({ state }) {
  const { device } = state;
  return html`
    <section id="settings" data-testid="settings" class="stack">
      <h1>${t('settings')}</h1>
      <div class="panel stack">
        <${Facts} facts=${[device.payer?.name && ['account', device.payer.name], ['deviceName', device.name]]} />
        <label class="row switch"><span class="grow">${t('pauseCodes')}<small>${t('pauseHint')}</small></span>
          <input id="pause" data-testid="pause" type="checkbox" role="switch" checked=${state.paused}
            onChange=${(event) => pause(event.target.checked)} /></label>
      </div>
      <${Sync} state=${state} />
      <${Limits} device=${device} balance=${state.balance} />
      <div class="panel"><${Language} /></div>
      <${Remove} online=${state.online} />
    </section>`;
}

const Facts = ({ facts }) => html`
  <dl class="facts">${facts.filter(Boolean).map(([name, value]) => html`<dt>${t(name)}</dt><dd data-fact=${name}>${value}</dd>`)}</dl>`;

function Sync({ state: { device, syncing, offsetMs } }) {
  const [told, setTold] = useState('');
  const run = () => sync().then(() => setTold(t('syncDone')), (error) => setTold(explain(error)));
  return html`
    <div class="panel stack">
      <${Facts} facts=${[
        ['synced', i18n.dayAndTime(device.syncedAt)], ['syncBy', i18n.dayAndTime(device.syncBy)], ['clock', clockWords(offsetMs)],
      ]} />
      <button id="sync-now" data-testid="sync-now" class="wide" disabled=${syncing} onClick=${run}>${syncing ? t('syncing') : t('syncNow')}</button>
      <p role="status" class=${told ? 'soft center' : 'visually-hidden'}>${told}</p>
    </div>`;
}

function clockWords(offsetMs) {
  if (offsetMs === null) return t('clockUnknown');
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  if (seconds <= 1) return t('clockRight');
  return t('clockOff', { duration: i18n.duration(seconds), direction: t(offsetMs > 0 ? 'behind' : 'ahead') });
}

function Limits({ device: { limits }, balance }) {
  if (!limits || !balance) return null;
  const line = (name, amount) => amount > 0 && [name, html`<span class="amount">${money(amount, balance.currency)}</span>`];
  const facts = [line('perPayment', limits.per_payment), line('perDay', limits.per_day), line('confirmAbove', limits.confirm_above)].filter(Boolean);
  return facts.length > 0 && html`<div class="panel"><${Facts} facts=${facts} /></div>`;
}

const Language = () => html`
  <label class="row"><span class="grow">${t('language')}</span>
    <select id="language" data-testid="language" value=${i18n.language} onChange=${(event) => i18n.use(event.target.value)}>
      <option value="en">English</option><option value="zh">中文</option>
    </select></label>`;

function Remove({ online }) {
  const [asking, setAsking] = useState(false);
  const stop = () => setAsking(false);
  return html`
    <button id="remove" data-testid="remove" class="danger wide" onClick=${() => setAsking(true)}>${t('remove')}</button>
    ${asking && html`
      <${Dialog} id="remove-dialog" class="stack" aria-labelledby="remove-title" onEscape=${stop}>
        <h2 id="remove-title">${t('removeTitle')}</h2>
        <p>${online ? t('removeText') : t('removeOffline')}</p>
        <button id="remove-yes" data-testid="remove-yes" class="danger wide" onClick=${remove}>${t('removeYes')}</button>
        <button class="wide" autofocus onClick=${stop}>${t('cancel')}</button>
      <//>`}`;
}
