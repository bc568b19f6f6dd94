// Staying connected while there is a network, and noticing soon when there is none.

import { retryDelay } from './clock.js';
import { showNext } from './codes.js';
import { readEvents } from './events.js';
import * as receipts from './receipts.js';
import { open, sync } from './session.js';
import { get, now, set, subscribe } from './state.js';

const SILENCE_MS = 40_000; // the server says something every 15 s; so long without is a dead connection
const LASTED_MS = 10_000; // a connection that lasted so long was not a failure
const FRESH_MS = 10 * 60_000; // a sync so recent is not repeated on reconnecting
const DAY_MS = 24 * 3600 * 1000;

/** Runs as long as the page does. Nothing here ever stands between the payer and the code. */
export async function stayConnected() {
  addEventListener('offline', () => set({ online: false }));
  addEventListener('online', () => set({ online: true }));
  for (let failures = 0; ; ) {
    await enrolledAndOnline();
    const startedAt = Date.now();
    await connection().catch(() => {}); // what there is to know of it, session.js has noted
    failures = Date.now() - startedAt > LASTED_MS ? 1 : failures + 1;
    await sleepOrOnline(retryDelay(failures, Math.random()));
  }
}

async function connection() {
  if (syncDue(get())) await catchUp();
  const leaving = new AbortController();
  const leave = () => leaving.abort();
  addEventListener('offline', leave, { once: true });
  const { device } = get();
  const unsubscribe = subscribe((state) => { if (state.device?.id !== device.id) leave(); });
  const daily = setTimeout(leave, DAY_MS); // the next connection syncs
  let silence = setTimeout(leave, SILENCE_MS);
  const onBytes = () => {
    clearTimeout(silence);
    silence = setTimeout(leave, SILENCE_MS);
  };
  try {
    const stream = await open('GET', '/v1/device/events', { accept: 'text/event-stream', signal: leaving.signal });
    await receipts.refresh(); // what went through while nobody listened
    await readEvents(stream.body, receipts.hear, onBytes);
  } finally {
    clearTimeout(silence);
    clearTimeout(daily);
    unsubscribe();
    removeEventListener('offline', leave);
  }
}

// A frozen device learns by a sync that it is not any more.
const syncDue = ({ device, synced, frozen }) => !synced || frozen || now() - Date.parse(device.syncedAt) > FRESH_MS;

async function catchUp() {
  await sync();
  // An offline code on the card still carries the alias from before; and with network an online code is due.
  if (get().code?.kind === 'offline') await showNext();
}

const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const happens = (event) => new Promise((resolve) => { addEventListener(event, resolve, { once: true }); });
const sleepOrOnline = (ms) => Promise.race([sleep(ms), happens('online')]);

async function enrolledAndOnline() {
  while (!get().device || !navigator.onLine) await sleepOrOnline(1000);
}
