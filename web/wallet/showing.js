// Keeping a code on the card as long as someone looks at it.

import { useEffect, useRef, useState } from '/vendor/htm-preact.js';
import { canPay, hide, showNext } from './codes.js';
import { now } from './state.js';

/** A fresh code whenever one may be seen, another when its time is over, none while the page is out of sight. */
export function useFreshCode(state) {
  useEffect(() => {
    showNext();
    document.addEventListener('visibilitychange', showNext);
    return () => { document.removeEventListener('visibilitychange', showNext); hide(); };
  }, [canPay(state), state.device?.id]);
  useEffect(() => {
    if (!state.code) return undefined;
    const timer = setTimeout(showNext, Math.max(state.code.untilMs - now(), 0));
    return () => clearTimeout(timer);
  }, [state.code]);
}

/** The screen stays on while a code is on it. A browser that cannot or will not is no obstacle. */
export function useWakeLock(wanted) {
  useEffect(() => {
    if (!wanted || !navigator.wakeLock) return undefined;
    const lock = navigator.wakeLock.request('screen').catch(() => null);
    return () => { lock.then((held) => held?.release()); };
  }, [wanted]);
}

/** [ref, width]: the width in CSS pixels of the element that ref is given to; 0 until it is known. */
export function useWidth() {
  const box = useRef(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return [box, width];
}
