// What the page shows, in one place. Views read it, rooms with a verb change it, nobody else keeps any.

/** Before every payment. */
export const NEVER = new Date(0).toISOString();

/**
 * phase    'starting' | 'welcome' | 'ready'
 * reason   why the welcome page is shown: null | 'lost' | 'revoked' | 'blocked' | 'insecure'
 * device   see device.js; null before enrolment
 * synced   heard from the server since the page was opened
 * offsetMs server clock minus device clock; null when never measured
 * balance  {amount, currency, at} or null
 * payments newest first; paymentsAt: when the server last told; cursor: where earlier ones begin
 * missed   payments that went through while nobody was listening
 * rides    {rides, debt?, cursor?, at} as the server last told, or null: it never did, or has no gates
 * code     {kind: 'online' | 'offline', barcode, qr, untilMs, another} or null when none may be seen
 * confirm  the payment that waits for the payer's word; outcome: {tone, payment} to show in full
 * paying   see paying.js: what the payer said yes to and the server has not answered; settling: it is being asked;
 *          unsettled: why the last asking failed; receipt: the payment whose receipt is shown
 */
const FIRST = {
  phase: 'starting', reason: null, ticket: '', tab: 'pay',
  device: null, synced: false, offsetMs: null, paused: false, frozen: false,
  online: navigator.onLine, syncing: false,
  balance: null, payments: [], paymentsAt: null, cursor: null, seenUntil: NEVER, missed: [], rides: null,
  code: null, confirm: null, outcome: null,
  paying: null, settling: false, unsettled: null, receipt: null,
};

let state = FIRST;
const listeners = new Set();

/** The state as it is now; never changed in place. */
export const get = () => state;

/** Changes some of it and tells the page. */
export function set(change) {
  state = { ...state, ...change };
  for (const listener of listeners) listener(state);
}

/** Back to the first state, as before enrolment. */
export const clear = (change) => set({ ...FIRST, ...change });

/** Calls back after every change; answers a function that stops it. */
export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The server's time in ms, as well as this device knows it. */
export const now = () => Date.now() + (state.offsetMs ?? 0);
