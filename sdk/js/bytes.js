// Bytes and their written forms. Decoders are strict: one value, one spelling.

const ascii = new TextEncoder();

/** ASCII text to bytes. */
export const asciiBytes = (text) => ascii.encode(text);

/** Joins byte arrays. */
export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A whole number (number or bigint) as `length` bytes, big-endian, at most eight. */
export function uintBytes(value, length) {
  const number = BigInt(value);
  if (BigInt.asUintN(8 * length, number) !== number) throw new RangeError(`${length} bytes cannot hold the number`);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, number);
  return bytes.slice(8 - length);
}

/** Big-endian bytes to a number; at most six bytes, so that it is exact. */
export function bytesUint(bytes) {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

/** Bytes to base64 (RFC 4648 section 4, padded). */
export function toBase64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

/** Bytes to base64url (RFC 4648 section 5, without padding), as JOSE and the API write it. */
export function toBase64url(bytes) {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Padded base64 to bytes, or null unless `text` is exactly what toBase64 writes. */
export function fromBase64(text) {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return null;
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  return toBase64(bytes) === text ? bytes : null; // stray bits in the last character are a second spelling
}

/** Base64url without padding to bytes, or null. */
export function fromBase64url(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null;
  const padded = text.replaceAll('-', '+').replaceAll('_', '/') + '='.repeat((4 - (text.length % 4)) % 4);
  return fromBase64(padded);
}
