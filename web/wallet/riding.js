// The code for gates: the pass that the last sync brought, presented anew each minute. Needs no network.

import { fromBase64 } from '/sdk/bytes.js';
import { passTimes, presentPass } from '/sdk/pass.js';
import { useEffect, useState } from '/vendor/htm-preact.js';
import { now } from './state.js';

/** How long a presentation is shown. Gates take one for 90 s: the rest is for clocks that differ. */
export const SHOWN_SECONDS = 60;

/** Of a device: {bytes, expiresMs} of its pass, or null when it holds none that this version knows. */
export function passOf({ pass }) {
  const bytes = pass && fromBase64(pass);
  try {
    return bytes ? { bytes, expiresMs: passTimes(bytes).expires * 1000 } : null;
  } catch {
    return null;
  }
}

/** A presentation for now: {text, untilMs}, server time. */
export async function presentAt(nowMs, signKeys, pass) {
  const nowSeconds = Math.floor(nowMs / 1000);
  const { text } = await presentPass(signKeys, pass.bytes, { nowSeconds });
  return { text, untilMs: Math.min((nowSeconds + SHOWN_SECONDS) * 1000, pass.expiresMs) };
}

/** The code to show, a new one each minute and whenever the page comes back into sight; null while there is none. */
export function useRideCode(device, wanted) {
  const [code, setCode] = useState(null);
  useEffect(() => {
    let turn = 0; // a presentation that was overtaken is not put up any more
    let timer = 0;
    async function next() {
      const mine = ++turn;
      clearTimeout(timer);
      if (document.hidden || !wanted) return setCode(null); // nobody photographs a page in the background
      const made = await presentAt(now(), device.signKeys, passOf(device));
      if (mine !== turn) return undefined;
      timer = setTimeout(next, made.untilMs - now());
      return setCode(made);
    }
    next();
    document.addEventListener('visibilitychange', next);
    return () => { turn++; clearTimeout(timer); document.removeEventListener('visibilitychange', next); };
  }, [device.pass, wanted]);
  return wanted ? code : null;
}
