// What this till has to know to take receipts without network: the issuer's public keys, and whether its clock is right.

/** How far a clock may be off, and be set back, without an alarm. */
const MAY_DRIFT_MS = 30_000;
const MAY_STEP_MS = 5_000;

/** How long an answer may take of which the time is believed. */
const SLOWEST_ANSWER_MS = 6_000;

const ISSUER = 'paycode.till.issuer';

/**
 * What the server's answer { keys, server_time }, asked for at sentMs and heard at heardMs, leaves to be remembered:
 * { keys, passedMs, off }; null where it makes no sense or took too long to say what time it is.
 */
export function issuerOf(body, sentMs, heardMs) {
  const serverMs = Date.parse(body?.server_time);
  const tookMs = heardMs - sentMs;
  const complete = Array.isArray(body?.keys) && body.keys.length > 0 && body.keys.every((key) => typeof key?.kid === 'string');
  if (!complete || Number.isNaN(serverMs) || tookMs < 0 || tookMs > SLOWEST_ANSWER_MS) return null;
  return { keys: body.keys, passedMs: heardMs, off: Math.abs((sentMs + heardMs) / 2 - serverMs) > MAY_DRIFT_MS };
}

/** What is wrong with this device's clock at nowMs: 'clock_behind', 'clock_off' or null. */
export function wrongClock({ passedMs, off }, nowMs) {
  if (nowMs < passedMs - MAY_STEP_MS) return 'clock_behind';
  return off ? 'clock_off' : null;
}

/** What was remembered, or null. */
export function knownIssuer() {
  try { return JSON.parse(localStorage.getItem(ISSUER) ?? 'null'); } catch { return null; }
}

/** Asks the server and remembers; resolves to whether there was an answer that could be used. */
export async function meetIssuer(server, now = Date.now) {
  const sentMs = now();
  const answer = await server.issuer();
  const issuer = answer.kind === 'ok' ? issuerOf(answer.body, sentMs, now()) : null;
  if (issuer) localStorage.setItem(ISSUER, JSON.stringify(issuer));
  return Boolean(issuer);
}
