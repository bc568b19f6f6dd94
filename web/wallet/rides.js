// The payer's rides, as the page learns of them.

import { ask } from './session.js';
import { get, now, set } from './state.js';
import { write } from './vault.js';

const PAGE = 20;

/** Fetches the newest rides and what is owed for them. Throws Refused, also where the server has no gates, or Unreachable. */
export async function refreshRides() {
  const page = await ask('GET', `/v1/device/rides?limit=${PAGE}`);
  const rides = kept(page, page.rides);
  set({ rides });
  await write({ rides });
}

/** Fetches the page after those on screen. */
export async function moreRides() {
  const known = get().rides;
  const page = await ask('GET', `/v1/device/rides?limit=${PAGE}&cursor=${encodeURIComponent(known.cursor)}`);
  set({ rides: kept(page, [...known.rides, ...page.rides]) });
}

const kept = (page, rides) => ({ rides, debt: page.debt ?? null, cursor: page.next_cursor ?? null, at: new Date(now()).toISOString() });
