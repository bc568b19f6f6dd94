// What this device remembers about being a till, and the few things it asks of the browser.

import { newTillId } from './orders.js';

const KEY = 'paycode.till.key';
const MERCHANT = 'paycode.till.merchant';
const TILL = 'paycode.till.id';
const SILENT = 'paycode.till.silent';

/** The key in a link `/cashier/#key=mk_…`, taken out of the address at once, so that no history or screenshot keeps it. */
export function keyInAddress() {
  const key = new URLSearchParams(location.hash.slice(1)).get('key');
  if (key) history.replaceState(null, '', location.pathname + location.search);
  return key;
}

/** The key to begin with: the link's, or the remembered one, or none. */
export const takeKey = () => keyInAddress() ?? localStorage.getItem(KEY);

/** Keeps the key. With another key than before, what was known of the merchant is forgotten. */
export function rememberKey(key) {
  if (localStorage.getItem(KEY) !== key) localStorage.removeItem(MERCHANT);
  localStorage.setItem(KEY, key);
}

/** Keeps the merchant of the key, so that the till opens without a network too. */
export const rememberMerchant = (merchant) => localStorage.setItem(MERCHANT, JSON.stringify(merchant));
export const rememberedMerchant = () => JSON.parse(localStorage.getItem(MERCHANT) ?? 'null');

/** Forgets key and merchant. Sales that are not known yet stay in the journal: the merchant's next key settles them. */
export function forget() {
  localStorage.removeItem(KEY);
  localStorage.removeItem(MERCHANT);
}

export function tillId() {
  const known = localStorage.getItem(TILL) ?? newTillId();
  localStorage.setItem(TILL, known);
  return known;
}

export const soundIsOn = () => localStorage.getItem(SILENT) !== 'yes';
export const setSound = (on) => localStorage.setItem(SILENT, on ? 'no' : 'yes');

/** Today's date for the merchant's books, "2026-11-21": in the zone that the server names, else in this device's. */
export function today(merchant, now = new Date()) {
  const inZone = (timeZone) => new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(now);
  try {
    return inZone(merchant?.time_zone);
  } catch {
    return inZone(undefined); // a zone that this browser does not know
  }
}

/** Resolves after `ms`, or as soon as the signal aborts. */
export function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}

/** Runs `work` while no other tab of this till works on the same number. */
export function alone(number, work) {
  return navigator.locks ? navigator.locks.request(`paycode.${number}`, work) : work();
}
