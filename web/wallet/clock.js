// The server's clock, as well as this device can know it. Codes hang on it, and a phone's clock may be minutes off.

// A slower answer says too little: half of its round trip is the error of the measurement.
const SLOWEST_ROUND_TRIP_MS = 6_000;

/**
 * Server clock minus device clock in ms, from an answer that carries the server's time (RFC 3339), asked at
 * sentAt and heard at receivedAt (device clock, ms); or null when it cannot be told well enough.
 */
export function clockOffset(serverTime, sentAt, receivedAt) {
  const server = Date.parse(serverTime);
  const roundTrip = receivedAt - sentAt;
  if (Number.isNaN(server) || roundTrip < 0 || roundTrip > SLOWEST_ROUND_TRIP_MS) return null;
  return Math.round(server - (sentAt + receivedAt) / 2);
}

/** How a reconnecting wallet waits: 1, 2, 4 … at most 30 s, with a little chance so that a crowd does not return at once. */
export function retryDelay(failures, chance) {
  return Math.min(1000 * 2 ** (failures - 1), 30_000) * (0.75 + chance / 2);
}
