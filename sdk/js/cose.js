// COSE_Sign1 (RFC 9052) in deterministic CBOR, as far as passes and receipts need it, and base45 (RFC 9285).

import { asciiBytes, concat, uintBytes } from './bytes.js';

/** WebCrypto's name of ES256. */
export const ES256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** Major types of CBOR. */
export const UINT = 0;
export const BYTES = 2;
export const TEXT = 3;

/** Begins an item: major type and number, in the shortest form. */
export function head(major, n) {
  const width = [24, 2 ** 8, 2 ** 16, 2 ** 32].findIndex((limit) => n < limit);
  if (width === 0) return [(major << 5) | n];
  const wide = width < 0 ? 4 : width;
  return [(major << 5) | (23 + wide), ...uintBytes(n, 2 ** (wide - 1))];
}

/** A byte string, or a text that was encoded. */
export const string = (bytes, major = BYTES) => [...head(major, bytes.length), ...bytes];

/** The COSE_Sign1 without a tag. */
export const envelope = (header, payload, signature) =>
  Uint8Array.from([0x84, ...string(header), 0xa0, ...string(payload), ...string(signature)]);

/** What is signed. as: what kind of thing it is, so that a signature of one kind is none of another. */
export const toBeSigned = (as, header, payload) =>
  Uint8Array.from([0x84, ...string(asciiBytes('Signature1'), TEXT), ...string(header), ...string(asciiBytes(as)), ...string(payload)]);

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

/** Bytes to base45. */
export function encodeBase45(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 2) {
    const pair = at + 1 < bytes.length;
    let n = pair ? bytes[at] * 256 + bytes[at + 1] : bytes[at];
    for (let width = pair ? 3 : 2; width > 0; width--, n = Math.floor(n / 45)) text += DIGITS[n % 45];
  }
  return text;
}

/** Base45 to bytes, or null: each value has one spelling. */
export function decodeBase45(text) {
  const parts = [];
  for (let at = 0; at < text.length; at += 3) {
    const digits = [...text.slice(at, at + 3)].map((char) => DIGITS.indexOf(char));
    const n = digits.reduceRight((value, digit) => value * 45 + digit, 0);
    const width = digits.length - 1;
    if (width < 1 || digits.includes(-1) || n >= 256 ** width) return null;
    parts.push(uintBytes(n, width));
  }
  return concat(...parts);
}
