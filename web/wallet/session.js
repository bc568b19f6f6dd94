// The device's standing with the server: start, enrol, sync, pause, remove; and the one door through which
// every signed request of this page goes.

import { clockOffset } from './clock.js';
import * as membership from './device.js';
import { Refused, Unreachable, call, request } from './server.js';
import { NEVER, clear, get, now, set } from './state.js';
import { change, readAll, wipe, write } from './vault.js';

// Survives when a browser clears IndexedDB alone; then the page can say that a wallet was here.
const WAS_ENROLLED = 'paycode.enrolled';
const CLOCK_LIE_MS = 5_000;
const AT_THE_TILL_MS = 5 * 60_000; // so long after a payment that was not answered the page opens on it

/** Reads what is stored and decides which page to begin with. */
export async function start(ticket) {
  if (!globalThis.isSecureContext) return set({ phase: 'welcome', reason: 'insecure', ticket });
  try {
    const { device, offsetMs = null, balance = null, paused = false, seenUntil = NEVER, history, rides = null, paying = null } = await readAll();
    if (!device) return set({ phase: 'welcome', reason: localStorage.getItem(WAS_ENROLLED) ? 'lost' : null, ticket });
    set({
      phase: ticket ? 'welcome' : 'ready', ticket, device, offsetMs, balance, paused, seenUntil, rides, paying,
      tab: paying && Date.now() + offsetMs - paying.untilMs < AT_THE_TILL_MS ? 'scan' : 'pay',
      payments: history?.payments ?? [], paymentsAt: history?.at ?? null,
    });
  } catch {
    set({ phase: 'welcome', reason: 'blocked', ticket });
  }
}

/** Enrols with a ticket; the page then opens on the code. Throws Refused, Unreachable or CodeError. */
export async function enrol(ticket, name) {
  const fresh = { ticket, keys: await membership.generateKeys() };
  // The keys are kept before they are sent: should the answer be lost, the same ticket with the same keys
  // gives the same device again, and with others it would be refused as used.
  const { keys } = await change('enrolling', (begun) => (begun?.ticket === ticket ? begun : fresh));
  const sentAt = Date.now();
  const { device, answer } = await membership.enrol(ticket, name, keys);
  const offsetMs = clockOffset(answer.server_time, sentAt, Date.now());
  const balance = { ...answer.balance, at: answer.server_time };
  const kept = { device, offsetMs, balance, seenUntil: answer.server_time };
  // One transaction, over whatever an earlier wallet left: a crash leaves the old one or the new one.
  await write({ ...kept, paused: false, slot: undefined, history: undefined, rides: undefined, paying: undefined, enrolling: undefined });
  localStorage.setItem(WAS_ENROLLED, 'yes');
  navigator.storage?.persist?.(); // else a browser short of space may erase the keys
  clear({ phase: 'ready', synced: true, ...kept });
}

/** Fetches a fresh alias, limits, balance and the time. Throws Refused or Unreachable. */
export async function sync() {
  set({ syncing: true });
  try {
    // A new seed is told back at once, so that the old one dies now and not in a day; but not before it is
    // stored: a crash in between would leave a device that holds neither.
    if (await syncOnce()) await syncOnce();
  } finally {
    set({ syncing: false });
  }
}

async function syncOnce() {
  const sentAt = Date.now();
  const { device, answer, rotated } = await heeding(() => membership.sync(get().device, now));
  const offsetMs = clockOffset(answer.server_time, sentAt, Date.now()) ?? get().offsetMs;
  const balance = { ...answer.balance, at: answer.server_time };
  await write({ device, offsetMs, balance });
  set({ device, offsetMs, balance, synced: true, frozen: false });
  return rotated;
}

/** A signed request; the answer's JSON. Throws Refused or Unreachable. */
export const ask = (method, path, options) => heeding(() => call(method, path, { ...options, device: get().device, now }));

/** A signed request whose body is read bit by bit. */
export const open = (method, path, options) => heeding(() => request(method, path, { ...options, device: get().device, now }));

/** No code is shown while paused. */
export async function pause(paused) {
  await write({ paused });
  set({ paused });
}

/** Removes this device, at the server too if it can be reached. Answers whether the server heard of it. */
export async function remove() {
  let heard = true;
  try {
    await heeding(() => membership.remove(get().device, now));
  } catch {
    heard = false; // the payer wants the keys gone, now; the page has said what that means
  }
  await forget(null);
  return heard;
}

async function forget(reason) {
  await wipe();
  localStorage.removeItem(WAS_ENROLLED);
  clear({ phase: 'welcome', reason });
}

// Draws what every answer teaches: is there a network, is the clock right, may this device still pay.
async function heeding(work) {
  try {
    return await heard(await work());
  } catch (error) {
    if (error instanceof Unreachable && !error.hungUp) set({ online: false });
    if (!(error instanceof Refused)) throw error;
    if (error.code === 'proof_stale' && await corrected(error.date)) return heard(await work());
    // The browser itself sent the request again, on a new connection, and its first sending had arrived. Every call may be repeated.
    if (error.code === 'proof_replayed') return heard(await work());
    if (error.code === 'device_frozen') set({ frozen: true, code: null });
    if (error.code === 'device_revoked') await forget('revoked');
    throw error;
  }
}

function heard(answer) {
  if (!get().online) set({ online: true });
  return answer;
}

// A proof carries the time. A phone whose clock is wrong would be refused for ever and never learn the time.
async function corrected(date) {
  const offsetMs = Date.parse(date) - Date.now();
  if (Number.isNaN(offsetMs) || Math.abs(offsetMs - (get().offsetMs ?? 0)) < CLOCK_LIE_MS) return false;
  await write({ offsetMs });
  set({ offsetMs });
  return true;
}
