// The two ways a page reads a code: a camera, and a scanner that types.
//
//   const stop = listenForTypedScans(window, (text, {clean}) => …); // anywhere on the page, whatever has the focus
//   const camera = await openCamera(video, { onText: (text) => … }); // camera.stop(); camera.next() for the other one
//
// The reader for the camera (half a megabyte of wasm) is fetched when the first camera opens, or by warmUp().

// ---- a scanner that types ----

/** A scanner's keys come a few milliseconds apart, over Bluetooth some tens; nobody types twelve keys at such a pace. */
const SCANNER_MEAN_GAP_MS = 50;
const SCAN_LENGTH = 12;

/** A busy machine may stretch one gap, but not so far; and a scanner set to send nothing at the end is done by then. */
const QUIET_MS = 110;
const SCAN_LENGTH_WITHOUT_END = 16;

/** A scan that follows another key sooner than this may have left its first letters in the field before it. */
const CLEAN_AFTER_MS = 300;

/**
 * Burst tells a scanner from a hand by the rhythm of its keys. It is pure: times come from the events.
 * press() returns 'first' (a burst may begin here), 'more', 'scan' (complete: read `text`) or 'none'.
 */
export class Burst {
  text = '';
  /** False when keys came so shortly before that they may belong to the scan, or its letters to what was typed. */
  clean = true;
  #firstMs = 0;
  #lastMs = -Infinity;

  press({ key, code = '', repeat = false, timeStamp }) {
    if (repeat) return this.clear(); // a key held down has a scanner's rhythm
    const letter = printable(key, code);
    if (letter) return this.#grow(letter, timeStamp);
    if (key !== 'Enter' && key !== 'Tab') return 'none'; // Shift on the way to a capital
    const complete = this.#isScan(SCAN_LENGTH) && timeStamp - this.#lastMs <= QUIET_MS;
    return complete ? 'scan' : this.clear();
  }

  /** Complete without an Enter? Asked once the keys have been quiet for QUIET_MS. */
  endsByItself() { return this.#isScan(SCAN_LENGTH_WITHOUT_END); }

  clear() {
    this.text = '';
    return 'none';
  }

  #grow(letter, timeMs) {
    const sinceLastMs = timeMs - this.#lastMs;
    const follows = this.text !== '' && sinceLastMs <= QUIET_MS;
    this.#lastMs = timeMs;
    this.text = follows ? this.text + letter : letter;
    if (follows) return 'more';
    this.#firstMs = timeMs;
    this.clean = sinceLastMs > CLEAN_AFTER_MS;
    return 'first';
  }

  #isScan(length) {
    const gaps = this.text.length - 1;
    return this.text.length >= length && this.#lastMs - this.#firstMs <= gaps * SCANNER_MEAN_GAP_MS;
  }
}

// An input method that is switched on (Chinese, Japanese) reports every key as "Process"; the key's place still tells.
function printable(key, code) {
  if (key !== 'Process') return key.length === 1 ? key : '';
  return /^(?:Digit|Numpad)\d$/.test(code) || /^Key[A-Z]$/.test(code) ? code.at(-1) : '';
}

/** Calls `onScan(text, {clean})` for each typed scan, and takes its letters back out of the field they fell into. Returns a function that stops it. */
export function listenForTypedScans(target, onScan) {
  const burst = new Burst();
  let restoreField = () => {};
  let quiet = 0;

  function finish() {
    const { text, clean } = burst;
    burst.clear();
    restoreField();
    onScan(text, { clean });
  }

  // A field that takes codes by hand waits for its own Enter.
  const endsByItself = () => burst.endsByItself() && !document.activeElement?.matches('[data-takes-codes]');

  function onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    clearTimeout(quiet);
    const what = burst.press(event);
    if (what === 'first') restoreField = rememberField(document.activeElement);
    if (what === 'scan') {
      event.preventDefault(); // its Enter must not press the button that has the focus
      event.stopImmediatePropagation();
      finish();
    } else if (endsByItself()) {
      quiet = setTimeout(finish, QUIET_MS);
    }
  }

  target.addEventListener('keydown', onKey, true);
  return () => { clearTimeout(quiet); target.removeEventListener('keydown', onKey, true); };
}

function rememberField(element) {
  if (!(element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement)) return () => {};
  const { value } = element;
  return () => {
    if (element.value === value) return;
    element.value = value;
    element.dispatchEvent(new Event('input', { bubbles: true }));
  };
}

// ---- a camera ----

const LOOK_EVERY_MS = 60;
const SAME_TEXT_AGAIN_MS = 1_500;

/** Why a camera did not open: `reason` is insecure | not_allowed | no_camera | busy | no_reader. */
export class CameraError extends Error {
  constructor(reason, cause) {
    super(`camera: ${reason}`, { cause });
    this.reason = reason;
  }
}

let reader; // one for the page: the wasm starts once

/** Fetches and starts the reader, so that the first look does not wait for it. */
export function warmUp() {
  reader ??= import('/vendor/barcode-detector.js').then(async ({ BarcodeDetector, prepareZXingModule }) => {
    const locateFile = (path, prefix) => (path.endsWith('.wasm') ? '/vendor/zxing_reader.wasm' : prefix + path);
    await prepareZXingModule({ overrides: { locateFile }, fireImmediately: true });
    return BarcodeDetector;
  });
  reader.catch(() => { reader = undefined; }); // the network may be back next time
  return reader;
}

/**
 * Shows a camera in `video` and calls `onText(text, format, frameMs)` for each code it sees, the same one at most every
 * 1.5 s; frameMs is when the frame was taken, on the clock of performance.now().
 * `onEnd` is called when the camera goes away by itself. Throws CameraError.
 */
export async function openCamera(video, { formats = ['qr_code', 'code_128'], onText, onEnd = () => {}, deviceId } = {}) {
  const stream = await openStream(deviceId);
  const stopStream = () => stream.getTracks().forEach((track) => track.stop());
  let detector;
  try {
    video.srcObject = stream;
    await video.play();
    detector = new (await warmUp())({ formats });
  } catch (cause) {
    stopStream();
    throw new CameraError('no_reader', cause);
  }
  const [track] = stream.getVideoTracks();
  const looking = new AbortController();
  track.addEventListener('ended', () => { if (!looking.signal.aborted) onEnd(); });
  look(video, detector, onText, looking.signal);

  function stop() {
    looking.abort();
    stopStream();
    video.srcObject = null;
  }
  return {
    stop,
    /** Opens the next camera of this device in place of this one; resolves to the new camera. */
    async next() {
      const ids = (await cameras()).map((camera) => camera.deviceId);
      const other = ids[(ids.indexOf(track.getSettings().deviceId) + 1) % ids.length];
      stop();
      return openCamera(video, { formats, onText, onEnd, deviceId: other });
    },
  };
}

/** The cameras of this device; names are known only after one has been allowed. */
export async function cameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter((device) => device.kind === 'videoinput');
}

async function openStream(deviceId) {
  if (!navigator.mediaDevices?.getUserMedia) throw new CameraError('insecure');
  const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: 'environment' };
  try {
    // More pixels read no better and cost three times the time.
    return await navigator.mediaDevices.getUserMedia({ video: { ...which, width: { ideal: 640 }, height: { ideal: 480 } } });
  } catch (cause) {
    const reasons = { NotAllowedError: 'not_allowed', NotFoundError: 'no_camera', OverconstrainedError: 'no_camera' };
    throw new CameraError(reasons[cause.name] ?? 'busy', cause);
  }
}

async function look(video, detector, onText, signal) {
  let last = { text: '', atMs: -Infinity };
  while (!signal.aborted) {
    const frameMs = performance.now();
    const [found] = document.hidden ? [] : await detector.detect(video).catch(() => []); // a frame that is not there yet
    const nowMs = performance.now();
    if (found && !signal.aborted && (found.rawValue !== last.text || nowMs - last.atMs > SAME_TEXT_AGAIN_MS)) {
      last = { text: found.rawValue, atMs: nowMs };
      onText(found.rawValue, found.format, frameMs);
    }
    await new Promise((resolve) => { setTimeout(resolve, LOOK_EVERY_MS); });
  }
}
