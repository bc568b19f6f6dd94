// The first visit: one screen, one thing to do. Also where a payer lands whose browser lost the keys.

import { html, useState } from '/vendor/htm-preact.js';
import { Finder } from './finder.js';
import { readLink } from './link.js';
import { enrol } from './session.js';
import { set } from './state.js';
import { explain, t } from './words.js';

const STOPPERS = ['insecure', 'blocked'];

/** Before enrolment, and when a link is opened on a phone that has a wallet already. */
export function Welcome({ state }) {
  const { reason, device, ticket } = state;
  if (device) return html`<${Replace} />`;
  return html`
    <section id="welcome" data-testid="welcome" class="welcome stack">
      <img src="/wallet/icon.svg" alt="" width="72" height="72" />
      ${reason && html`
        <div id="reason" data-testid="reason" class="notice" data-reason=${reason} data-tone="wait" role="alert">
          <strong>${t(reason)}</strong><p>${t(`${reason}Text`)}</p>
        </div>`}
      ${!STOPPERS.includes(reason) && html`
        <h1>${t('welcome')}</h1>
        <p>${t('welcomeText')}</p>
        <${Enrolment} ticket=${ticket} />
        <p class="soft promise">${t('welcomePromise')}</p>`}
    </section>`;
}

function Enrolment({ ticket }) {
  const [link, setLink] = useState(ticket);
  const [name, setName] = useState(guessName);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState('');
  const submit = async (event) => {
    event?.preventDefault();
    const read = readLink(link, location.origin);
    if (!read?.ticket) return setTrouble(read ? t('linkElsewhere', { host: read.elsewhere }) : t('linkBad'));
    setBusy(true);
    try {
      await enrol(read.ticket, name.trim() || guessName());
    } catch (error) {
      setTrouble(explain(error));
      setBusy(false);
    }
    return undefined;
  };
  return html`
    <form class="stack" onSubmit=${submit}>
      <label>${t('linkLabel')}
        <input id="enrol-link" data-testid="enrol-link" inputmode="url" autocomplete="off" autocapitalize="off" spellcheck=${false} required
          placeholder="https://…/wallet/#ticket=…" value=${link} onInput=${(event) => setLink(event.target.value)} /></label>
      ${!ticket && html`<${Scan} found=${setLink} />`}
      <label>${t('nameLabel')}
        <input id="enrol-name" data-testid="enrol-name" maxlength="60" value=${name} onInput=${(event) => setName(event.target.value)} /></label>
      ${trouble && html`<p id="enrol-trouble" class="notice" data-tone="no" role="alert">${trouble}</p>`}
      <button id="enrol-button" data-testid="enrol-button" class="primary wide" disabled=${busy}>${busy ? t('enrolling') : t('enrol')}</button>
    </form>`;
}

function Scan({ found }) {
  const [scanning, setScanning] = useState(false);
  const [trouble, setTrouble] = useState(false);
  const stop = () => setScanning(false);
  if (!navigator.mediaDevices) return null;
  return html`
    ${scanning && html`
      <${Finder} found=${(text) => { found(text); stop(); }} ended=${stop} failed=${() => { setTrouble(true); stop(); }} />`}
    ${trouble && html`<p class="notice" role="alert" data-tone="wait">${t('scanFailed')}</p>`}
    <button id="enrol-scan" type="button" class="wide" onClick=${() => setScanning(!scanning)}>${scanning ? t('stopScan') : t('scanLink')}</button>`;
}

const Replace = () => html`
  <section id="replace" data-testid="replace" class="welcome stack">
    <h1>${t('replaceTitle')}</h1>
    <p>${t('replaceText')}</p>
    <button id="replace-keep" class="primary wide" onClick=${() => set({ phase: 'ready', ticket: '' })}>${t('keep')}</button>
    <button id="replace-yes" class="danger wide" onClick=${() => set({ device: null, code: null })}>${t('replaceYes')}</button>
  </section>`;

function guessName() {
  const known = [['iPhone', /iPhone/], ['iPad', /iPad/], ['Android', /Android/], ['Mac', /Macintosh/], ['Windows', /Windows/], ['Linux', /Linux/]];
  return known.find(([, pattern]) => pattern.test(navigator.userAgent))?.[0] ?? t('deviceName');
}
