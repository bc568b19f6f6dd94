// The first visit: the merchant's key, entered once. And the settings, where it is taken away again.

import { html, useEffect, useRef, useState } from '/vendor/htm-preact.js';

/** The screen that asks for the key. `known` is one that could not be checked, `problem` why the last one was not taken. */
export function Setup({ i18n, known, problem, checking, onKey }) {
  const [key, setKey] = useState(known ?? '');
  const submit = (event) => { event.preventDefault(); if (key.trim()) onKey(key.trim()); };
  return html`<main class="setup"><form class="panel stack" onSubmit=${submit}>
    <h1>${i18n.t('key_title')}</h1>
    <p class="soft">${i18n.t('key_about')}</p>
    <label>${i18n.t('key_label')}
      <input id="key" class="mono" type="password" required autofocus autocomplete="off" autocapitalize="off" spellcheck=${false}
        placeholder="mk_…" value=${key} onInput=${(event) => setKey(event.target.value)} /></label>
    <p id="key-problem" class="notice" data-tone=${problem ? 'no' : ''} role="status" hidden=${!problem && !checking}>
      ${checking ? i18n.t('key_checking') : problem && i18n.t(problem)}</p>
    <button id="key-submit" class="primary wide" disabled=${checking}>${i18n.t('key_go')}</button>
  </form></main>`;
}

/** A dialog that is open as long as it is on the page. */
export function Dialog({ id, title, onClose, children }) {
  const box = useRef(null);
  useEffect(() => { if (!box.current.open) box.current.showModal(); }, []);
  return html`<dialog id=${id} ref=${box} aria-labelledby=${`${id}-title`} onClose=${onClose}>
    <div class="stack"><h2 id=${`${id}-title`}>${title}</h2>${children}</div></dialog>`;
}

/** The settings: the till's name, the key's beginning, and the way to forget it. */
export function Settings({ i18n, merchant, tillId, keyShown, onForget, onClose }) {
  return html`<${Dialog} id="settings-dialog" title=${i18n.t('settings')} onClose=${onClose}>
    <dl class="facts">
      <dt>${i18n.t('title')}</dt><dd>${merchant.name} · ${merchant.currency}</dd>
      <dt>${i18n.t('till_name')}</dt><dd class="mono">${tillId}</dd>
      <dt>${i18n.t('key_shown')}</dt><dd class="mono">${keyShown}…</dd>
    </dl>
    <small>${i18n.t('key_change_confirm')}</small>
    <div class="row buttons">
      <button id="key-forget" class="danger" onClick=${onForget}>${i18n.t('key_change')}</button>
      <button class="primary grow" autofocus onClick=${onClose}>${i18n.t('close')}</button>
    </div>
  <//>`;
}
