// Counting down on the page.

import { useEffect, useState } from '/vendor/htm-preact.js';
import { now } from './state.js';

const secondsUntil = (untilMs) => Math.max(0, Math.ceil((untilMs - now()) / 1000));

/** Whole seconds until `untilMs` (server time), counting down to 0. */
export function useSeconds(untilMs) {
  const [, redraw] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => redraw((n) => n + 1), 250);
    return () => clearInterval(timer);
  }, [untilMs]);
  return secondsUntil(untilMs);
}
