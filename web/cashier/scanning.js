// The sale's second half: the customer's code, by camera, by hand scanner (heard by the whole page), or typed.

import { html, useEffect, useLayoutEffect, useRef, useState } from '/vendor/htm-preact.js';
import { cameras, openCamera } from '/scan.js';
import { cameraIcon } from './icons.js';
import { kindOfCode } from './code.js';

/** The picture with its frame. `onCode` gets whatever was seen; `notice` says why the last one would not do. */
export function Scanning({ i18n, amount, notice, onCode, onBack }) {
  const [typing, setTyping] = useState(false);
  const section = useRef(null);
  useLayoutEffect(() => { section.current.focus({ preventScroll: true }); }, []); // so that Escape is heard here
  const escape = (event) => { if (event.key === 'Escape') onBack(); };
  return html`<section class="scanning panel" ref=${section} tabindex="-1" aria-label=${i18n.t('scan_title')} onKeyDown=${escape}>
    <div class="row">
      <h2 class="grow">${i18n.t('scan_title')}</h2>
      <span class="amount">${amount}</span>
    </div>
    <${Camera} i18n=${i18n} onCode=${onCode} />
    <p id="scan-notice" class=${notice ? 'notice' : 'hint'} data-tone=${notice ? 'wait' : ''} role="status">${i18n.t(notice || 'scan_hint')}</p>
    ${typing && html`<${TypedCode} i18n=${i18n} onCode=${onCode} />`}
    <div class="row choices">
      <button id="back" type="button" class="plain" onClick=${onBack}>${i18n.t('back')}</button>
      ${!typing && html`<button id="manual" type="button" onClick=${() => setTyping(true)}>${i18n.t('type_digits')}</button>`}
    </div>
  </section>`;
}

/** The camera's picture; `onCode` gets whatever it sees. */
export function Camera({ i18n, onCode }) {
  const video = useRef(null);
  const open = useRef({ stop() {} });
  const [state, setState] = useState({ name: 'camera_starting' });
  const [turn, setTurn] = useState(0); // a new turn opens the camera again

  useEffect(() => {
    let left = false;
    const fail = (reason) => { if (!left) setState({ name: `camera_${reason}`, failed: true }); };
    setState({ name: 'camera_starting' });
    openCamera(video.current, { onText: onCode, onEnd: () => fail('no_camera') })
      .then(async (camera) => {
        if (left) return camera.stop();
        open.current = camera;
        return setState({ name: 'open', more: (await cameras()).length > 1 });
      })
      .catch((error) => fail(error.reason ?? 'busy'));
    return () => { left = true; open.current.stop(); };
  }, [turn]);

  const other = async () => { open.current = await open.current.next().catch(() => { setTurn(turn + 1); return open.current; }); };

  return html`<div class="finder" data-state=${state.failed ? 'failed' : state.name}>
    <video id="video" ref=${video} muted playsinline aria-label=${i18n.t('scan_title')}></video>
    <div class="frame" aria-hidden="true"></div>
    ${state.name !== 'open' && html`<div class="camera-state stack center">${cameraIcon()}<p role="status">${i18n.t(state.name)}</p>
      ${state.failed && html`<button id="camera-again" type="button" onClick=${() => setTurn(turn + 1)}>${i18n.t('camera_again')}</button>`}</div>`}
    ${state.more && html`<button id="camera-next" type="button" class="over" onClick=${other}>${i18n.t('camera_next')}</button>`}
  </div>`;
}

function TypedCode({ i18n, onCode }) {
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState(false);
  const field = useRef(null);
  useLayoutEffect(() => { field.current.focus(); }, []);
  function submit(event) {
    event.preventDefault();
    if (kindOfCode(text) === 'payment') onCode(text);
    else setWrong(true);
  }
  return html`<form class="stack typed" onSubmit=${submit}>
    <label>${i18n.t('digits')}
      <input id="manual-code" class="mono" ref=${field} inputmode="decimal" autocomplete="off" enterkeyhint="go" maxlength="200"
        data-takes-codes aria-invalid=${wrong} aria-describedby="manual-problem" value=${text}
        onInput=${(event) => { setText(event.target.value); setWrong(false); }} /></label>
    <p id="manual-problem" class="notice" data-tone="wait" role="status" hidden=${!wrong}>${i18n.t('digits_wrong')}</p>
    <button id="manual-submit" class="primary wide">${i18n.t('digits_go')}</button>
  </form>`;
}
