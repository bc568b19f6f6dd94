// Presenting a pass to a gate, with no network on either side. The pass is the issuer's; its bytes are always at
// the same places (docs/codes.md), so nothing here needs to understand more of it than where they are.

import { bytesUint, concat, uintBytes } from './bytes.js';
import { ES256, encodeBase45, envelope, string, toBeSigned } from './cose.js';
import { CodeError } from './errors.js';

const SIGNATURE = 64; // bytes

/**
 * A new presentation of a pass, for now and for nobody else. keys: the device's ECDSA P-256 CryptoKeyPair, the one
 * that it enrolled with; pass: its bytes from the last sync; nonce: 4 random bytes; challenge: what a reader sent
 * (8 to 64 bytes), if it is one that sends. Show `text` as a QR symbol, or answer the reader with `compact`.
 */
export async function presentPass(keys, pass, { nowSeconds, nonce = crypto.getRandomValues(new Uint8Array(4)), challenge }) {
  const payload = shownClaims(Math.floor(nowSeconds), nonce, challenge);
  const signed = toBeSigned('paycode/presentation/v1', shownHeader(pass), payload);
  const signature = new Uint8Array(await crypto.subtle.sign(ES256, keys.privateKey, signed));
  return assemble(pass, payload, signature);
}

/** Between which times a pass is good: {notBefore, expires}, Unix seconds. Throws CodeError pass_malformed. */
export function passTimes(pass) {
  checkPass(pass);
  return { notBefore: bytesUint(pass.slice(37, 41)), expires: bytesUint(pass.slice(31, 35)) };
}

function checkPass(pass) {
  if (pass[0] !== 0x84 || pass[16] !== 0x6c || pass[101] !== 0x84) throw new CodeError('pass_malformed', 'not a pass that this version knows');
}

/** The presentation in its three forms, once it is signed. */
export function assemble(pass, payload, signature) {
  const compact = concat(...compactParts(pass, payload, signature));
  return { presentation: envelope(shownHeader(pass), payload, signature), compact, text: `PP1:${encodeBase45(compact)}` };
}

/** {1: ES256, 13 (kcwt): the pass} */
const shownHeader = (pass) => [0xa2, 0x01, 0x26, 0x0d, ...pass];

/** {6 (iat): time, 7 (cti): nonce, 10 (nonce of RFC 9711): challenge} */
export const shownClaims = (iat, nonce, challenge) => [
  challenge ? 0xa3 : 0xa2, 0x06, 0x1a, ...uintBytes(iat, 4), 0x07, ...string(nonce), ...(challenge ? [0x0a, ...string(challenge)] : []),
];

/** What differs from one presentation to the next; the reader fills in the rest. */
function compactParts(pass, payload, signature) {
  checkPass(pass);
  const wide = pass[103] < 24 ? 0 : 2 ** (pass[103] - 24); // bytes of the cap after the first
  const currency = 104 + wide + 1;
  const end = pass.length - SIGNATURE;
  const cap = new Uint8Array(4);
  cap.set(wide ? pass.slice(104, 104 + wide) : [pass[103]], 4 - (wide || 1));
  const alias = Number(String.fromCharCode(...pass.slice(17, 29)));
  const product = pass.slice(currency + 4, end - 2);
  return [
    [(pass[95] & 1) | (pass[102] << 1) | (pass[4] === 0x27 ? 4 : 0)],
    pass.slice(7, 11), // key id
    uintBytes(alias, 5),
    pass.slice(31, 35), // exp
    pass.slice(37, 41), // nbf
    pass.slice(43, 51), // cti
    pass.slice(62, 94), // x of the device's key
    cap,
    pass.slice(currency, currency + 3),
    pass.slice(end),
    payload.slice(3, 7), // iat
    payload.slice(9, 13), // nonce
    signature,
    [product.length],
    product,
    payload.slice(15 + (payload[14] === 0x58 ? 1 : 0)), // challenge
  ];
}
