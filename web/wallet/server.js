// Talking to the server: every request signed by the device's own key (DPoP, RFC 9449), every refusal a value
// that can be told to people.

import { makeProof } from '/sdk/dpop.js';

const PATIENCE_MS = 10_000;

/** The server answered no. code is the stable name from the contract, date the server's clock (HTTP date) if it says. */
export class Refused extends Error {
  name = 'Refused';

  constructor(response, { code = 'unknown', detail = '' }) {
    super(detail);
    this.status = response.status;
    this.date = response.headers.get('Date');
    this.code = code;
  }
}

/** Nobody answered: no network, or the server is away. */
export class Unreachable extends Error {
  name = 'Unreachable';

  /** This page hung up itself, which says nothing of the network. Running out of patience is a TimeoutError. */
  get hungUp() { return this.cause.name === 'AbortError'; }
}

/**
 * request(method, path, {device, body, signal, patienceMs, now}) → Response with status 2xx.
 * device: {accessToken, signKeys} signs; without it the request goes as it is. now(): corrected time in ms.
 */
export async function request(method, path, { device, body, signal, patienceMs = PATIENCE_MS, now = Date.now, accept = 'application/json' } = {}) {
  const headers = { Accept: accept };
  if (body) headers['Content-Type'] = 'application/json';
  if (device) {
    const { accessToken, signKeys } = device;
    const url = new URL(path, location.origin).href;
    headers.Authorization = `DPoP ${accessToken}`;
    headers.DPoP = await makeProof(signKeys, { method, url, accessToken, nowSeconds: now() / 1000 });
  }
  const limit = AbortSignal.timeout(patienceMs);
  const response = await reach(path, {
    method, headers, body: body && JSON.stringify(body), cache: 'no-store',
    signal: signal ?? limit,
  });
  if (!response.ok) throw new Refused(response, await problemOf(response));
  return response;
}

/** The same, answering the JSON body; undefined when there is none. */
export async function call(method, path, options) {
  const response = await request(method, path, options);
  const text = await readBody(response);
  return text ? JSON.parse(text) : undefined;
}

async function reach(path, init) {
  try {
    return await fetch(path, init);
  } catch (error) {
    throw new Unreachable('no answer', { cause: error });
  }
}

// An answer whose body breaks off was not an answer.
async function readBody(response) {
  try {
    return await response.text();
  } catch (error) {
    throw new Unreachable('the answer broke off', { cause: error });
  }
}

async function problemOf(response) {
  try {
    return await response.json();
  } catch {
    return {}; // a proxy's page, say: the status is all there is
  }
}
