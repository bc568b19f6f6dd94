// The code on the card: which one, and when the next.

import { makeCode } from '/sdk/code.js';
import { counterAt } from '/sdk/profile.js';
import { present } from './present.js';
import { ask } from './session.js';
import { hasAnother, nextSlot, onlineUntil } from './slots.js';
import { get, now, set } from './state.js';
import { change } from './vault.js';

let turn = 0; // a showing that was overtaken by another must not put its code up any more

/** Can this device pay now? */
export function canPay({ device, paused, frozen }) {
  return Boolean(device) && !paused && !frozen && now() < Date.parse(device.syncBy);
}

/** Puts up a code that was not shown before, or none: nobody photographs a page in the background. */
export async function showNext() {
  const state = get();
  if (document.hidden || !canPay(state)) return hide();
  const mine = ++turn;
  await present({
    heard: state.synced,
    mint: state.online && navigator.onLine ? (signal) => mintOnline(state.device, signal) : undefined,
    make: () => makeOffline(state.device),
    show: (code) => { if (mine === turn) set({ code }); },
  });
}

/** Takes the code off the card. */
export function hide() {
  turn++;
  if (get().code) set({ code: null });
}

async function mintOnline(device, signal) {
  const { code, expires_at: expiresAt } = await ask('POST', '/v1/device/codes', { signal });
  return { kind: 'online', barcode: code, qr: code, another: true, untilMs: onlineUntil(now(), expiresAt, device.profile.period_s) };
}

async function makeOffline({ seedKey, profile, alias }) {
  const slot = await change('slot', (last) => nextSlot(last, counterAt(now() / 1000, profile)));
  const { digits, text } = await makeCode(seedKey, profile, { alias, ...slot });
  const untilMs = (slot.counter + 1) * profile.period_s * 1000;
  return { kind: 'offline', barcode: digits, qr: text, another: hasAnother(slot), untilMs };
}
