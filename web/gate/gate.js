// The gate's own page: it reads codes by camera or scanner, has the gate beside it decide, and shows what it said.
//
// Names that tests and other programs may rely on:
//   #gate[data-state=starting|idle|go|no|closed][data-reason][data-number]   what is shown; data-ms: from the frame with
//         the code to the decision on the screen, in ms
//   #title #about #fare   #video[data-camera=open|camera_…]
//   #net[data-online=true|false] #queue #deny #sync #gone #refused #clock #alarms li[data-alarm] #language #sound[aria-pressed]

import { html, render } from '/vendor/htm-preact.js';
import { Hold } from '/hold.js';
import { makeI18n } from '/i18n.js';
import { listenForTypedScans, openCamera } from '/scan.js';
import { play } from '/sound.js';
import { mistakenFor } from './mistaken.js';
import { Gate } from './view.js';
import { words } from './words.js';

const SHOWN_MS = 1_200;
const PATIENCE_MS = 3_000; // for the gate, which waits for nothing but its disk
const CAMERA_AGAIN_MS = 5_000;
const SILENT = 'paycode.gate.silent';
const TUNES = { // [frequency in Hz, start in s, length in s]
  go: [[1046.5, 0, 0.1], [1568, 0.09, 0.3]],
  no: [[233, 0, 0.18], [196, 0.2, 0.18], [164.8, 0.4, 0.35]],
};

const i18n = makeI18n(words);
const hold = new Hold();

/** What the page shows. status is what the gate says of itself; null until it is heard. */
const state = { status: null, decision: null, camera: 'camera_starting', sound: localStorage.getItem(SILENT) !== 'yes' };
let idle = 0;
let lastNumber = 0;

function show(changes) {
  Object.assign(state, changes);
  render(html`<${Gate} i18n=${i18n} state=${state} actions=${actions} />`, document.getElementById('app'));
  document.title = `${state.status?.name ?? 'paycode'} · ${i18n.t('title')}`;
}

// ---- decisions ----

/** Has the gate decide on a text that was in a frame at frameMs. */
async function tap(text, frameMs) {
  if (!hold.isNew(text, performance.now())) return;
  try {
    const answer = await fetch('/gate/taps', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text }), signal: AbortSignal.timeout(PATIENCE_MS),
    });
    decided({ ...await answer.json(), mistaken: mistakenFor(text) });
    requestAnimationFrame(() => { document.getElementById('gate').dataset.ms = Math.round(performance.now() - frameMs); });
  } catch {
    show({ status: null }); // nobody decides: the gate is shut
  }
}

/** Shows a decision, whether this page asked or a reader did. Each comes twice: as an answer and as an event. */
function decided(decision) {
  if (decision.number <= lastNumber) return;
  lastNumber = decision.number;
  show({ decision });
  if (state.sound) play(decision.go ? TUNES.go : TUNES.no);
  clearTimeout(idle);
  idle = setTimeout(() => show({ decision: null }), SHOWN_MS);
}

function listen() {
  const events = new EventSource('/gate/events');
  events.addEventListener('state', (event) => {
    const status = JSON.parse(event.data);
    if (status.gone + status.refused < lastNumber) lastNumber = 0; // the gate was started again
    show({ status });
  });
  events.addEventListener('decision', (event) => decided(JSON.parse(event.data)));
  events.addEventListener('error', () => {
    show({ status: null });
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, PATIENCE_MS); // else it connects again by itself
  });
}

// ---- reading ----

async function look() {
  const again = (camera) => { show({ camera }); setTimeout(look, CAMERA_AGAIN_MS); };
  try {
    await openCamera(document.getElementById('video'), {
      formats: ['qr_code'], onText: (text, _, frameMs) => tap(text, frameMs), onEnd: () => again('camera_no_camera'),
    });
    show({ camera: 'open' });
  } catch (error) {
    again(`camera_${error.reason ?? 'busy'}`);
  }
}

async function stayAwake() {
  if (document.hidden) return;
  await navigator.wakeLock?.request('screen').catch(() => {}); // a kiosk's screen stays on anyway
}

const actions = {
  language: () => i18n.use(i18n.next),
  sound: () => { localStorage.setItem(SILENT, state.sound ? 'yes' : 'no'); show({ sound: !state.sound }); },
};

i18n.onChange(() => show({}));
show({});
listen();
listenForTypedScans(window, (text) => tap(text, performance.now()));
document.addEventListener('visibilitychange', stayAwake);
stayAwake();
look();
