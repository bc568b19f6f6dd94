// What the gate's page looks like.

import { html } from '/vendor/htm-preact.js';

const SHUT = ['clock_behind', 'clock_off', 'unprepared', 'disk']; // alarms with which nobody goes through
const HELD_UP_MS = 3600_000; // a deny list older than this is worth a look

/** The whole page. */
export function Gate({ i18n, state, actions }) {
  const shown = stateOf(state);
  return html`
    <div id="gate" class="gate" data-state=${shown} data-reason=${state.decision?.reason} data-number=${state.decision?.number}>
      <${Top} i18n=${i18n} status=${state.status} actions=${actions} sound=${state.sound} />
      <main class="face">
        <div class="sign" aria-hidden="true"><${Sign} shown=${shown} /></div>
        <div class="say" role="status" aria-live="assertive"><${Say} i18n=${i18n} shown=${shown} state=${state} /></div>
        <${Finder} i18n=${i18n} camera=${state.camera} />
      </main>
      <${Alarms} i18n=${i18n} alarms=${state.status?.alarms ?? []} />
      <${Foot} i18n=${i18n} status=${state.status} />
    </div>`;
}

function stateOf({ status, decision }) {
  if (decision) return decision.go ? 'go' : 'no';
  if (!status) return 'starting';
  return status.alarms.some((alarm) => SHUT.includes(alarm)) ? 'closed' : 'idle';
}

const SIGNS = {
  go: 'M12 21V4M5 11l7-7 7 7',
  idle: 'M3 12h17M13 5l7 7-7 7', // to the picture; nobody should take it for "go", whatever colours he sees
  no: 'M5 5l14 14M19 5L5 19',
  closed: 'M12 2.5a9.5 9.5 0 1 0 .01 0M7.5 12h9',
  starting: 'M12 6v6l4 3',
};

const Sign = ({ shown }) => html`<svg viewBox="0 0 24 24"><path d=${SIGNS[shown]} /></svg>`;

function Say({ i18n, shown, state: { decision } }) {
  const [title, about] = wordsFor(i18n, shown, decision);
  const fare = shown === 'go' && decision.fare;
  return html`
    <h1 id="title">${title}</h1>
    ${fare && html`<p id="fare" class="amount">${i18n.money(fare.amount, fare.currency)}</p>`}
    <p id="about">${about}</p>`;
}

function wordsFor(i18n, shown, decision) {
  const { t } = i18n;
  if (shown === 'go') return [t('go'), t(`go_${decision.kind}`)];
  if (shown !== 'no') return shown === 'idle' ? [t('hold'), t('hold_about')] : [t(shown), t(`${shown}_about`)];
  const named = decision.reason === 'malformed' && decision.mistaken ? decision.mistaken : decision.reason;
  const reason = i18n.has(`no_${named}`) ? named : 'other';
  return [t(`no_${reason}`), t(`todo_${reason}`)];
}

const Finder = ({ i18n, camera }) => html`
  <div class="finder" data-camera=${camera}>
    <video id="video" data-camera=${camera} muted playsinline aria-label=${i18n.t('camera')}></video>
    ${camera !== 'open' && html`<p>${i18n.t(camera)}</p>`}
  </div>`;

const Top = ({ i18n, status, actions, sound }) => html`
  <header class="row">
    <span class="grow where"><b>${status?.name}</b> ${status?.line} ${status?.station}</span>
    <span id="net" class="badge" data-online=${String(status?.online ?? false)} data-tone=${status?.online ? '' : 'wait'}>${i18n.t(status?.online ? 'online' : 'offline')}</span>
    <span id="clock" class="amount">${status && i18n.timeWithSeconds(status.now)}</span>
    <button id="sound" class="plain" aria-pressed=${sound} onClick=${actions.sound} aria-label=${i18n.t('sound')}>
      <svg viewBox="0 0 24 24" aria-hidden="true"><path d=${sound ? 'M4 9v6h4l5 4V5L8 9zM17 8a6 6 0 0 1 0 8' : 'M4 9v6h4l5 4V5L8 9zM17 9l5 6M22 9l-5 6'} /></svg></button>
    <button id="language" class="plain" lang=${i18n.next} aria-label=${i18n.t('language_label')} onClick=${actions.language}>${i18n.t('language')}</button>
  </header>`;

const Alarms = ({ i18n, alarms }) => alarms.length > 0 && html`
  <ul id="alarms" role="alert">${alarms.map((alarm) => html`<li key=${alarm} data-alarm=${alarm}>${i18n.t(`alarm_${alarm}`)}</li>`)}</ul>`;

function Foot({ i18n, status }) {
  if (!status) return html`<footer></footer>`;
  const old = !status.deny_at || Date.parse(status.now) - Date.parse(status.deny_at) > HELD_UP_MS;
  const figures = [
    ['gone', status.gone], ['refused', status.refused], ['queue', status.queue],
    ['deny', age(i18n, status.deny_at, status.now), 'deny_list', old], ['sync', age(i18n, status.synced_at, status.now), 'last_sync'],
  ];
  return html`<footer>${figures.map(([id, value, name = id, old]) => html`
    <div class="figure" data-tone=${old ? 'wait' : ''}><span>${i18n.t(name)}</span><b id=${id}>${value}</b></div>`)}</footer>`;
}

/** How long ago, in words. */
function age(i18n, at, now) {
  if (!at) return i18n.t('never');
  const seconds = Math.max(0, Math.round((Date.parse(now) - Date.parse(at)) / 1000));
  if (seconds < 5) return i18n.t('now');
  if (seconds < 2 * 3600) return i18n.t('ago', { age: i18n.duration(seconds) });
  const [form, n] = seconds < 48 * 3600 ? ['hours', Math.floor(seconds / 3600)] : ['days', Math.floor(seconds / 86_400)];
  return i18n.t('ago', { age: i18n.t(form, { n }) });
}
