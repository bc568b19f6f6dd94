// The two-step derivation: seed → session of one window → mac of one slot → token and otp.
// The seed is a CryptoKey that nobody can read out again, so a page that is tricked into running
// someone's script may show codes while it runs, but cannot carry the seed away.

import { asciiBytes, concat, uintBytes } from './bytes.js';

const HMAC_SHA256 = { name: 'HMAC', hash: 'SHA-256' };

const importHMAC = (bytes) => crypto.subtle.importKey('raw', bytes, HMAC_SHA256, false, ['sign']);
const hmac = async (key, message) => new Uint8Array(await crypto.subtle.sign('HMAC', key, message));

/** 32 raw seed bytes to a non-extractable key. The bytes are wiped, whatever happens. */
export async function importSeed(seed) {
  try {
    if (seed.length !== 32) throw new RangeError('a seed has 32 bytes');
    return await importHMAC(seed);
  } finally {
    seed.fill(0);
  }
}

/** The session key of one window. It is as secret as the codes of that window. */
export async function deriveSession(seedKey, counter) {
  return importHMAC(await hmac(seedKey, asciiBytes(String(counter))));
}

/** HMAC(session, alias as 12 digits ‖ nonce as 1 digit [‖ SHA-256 of a reader's challenge]): 32 bytes. */
export async function slotMAC(session, alias, nonce, challengeHash = new Uint8Array(0)) {
  return hmac(session, concat(asciiBytes(String(alias).padStart(12, '0') + nonce), challengeHash));
}

/**
 * SHA-256 of what an NFC reader sends: nonce[8] ‖ amount uint64be ‖ currency[3] ‖ merchant[16].
 * amountMinor: integer minor units, a bigint where it may be 2^53 or more; currency: three letters.
 */
export async function hashChallenge({ nonce, amountMinor, currency, merchant }) {
  if (nonce.length !== 8 || currency.length !== 3 || merchant.length !== 16) {
    throw new RangeError('a challenge is 8 bytes, an amount, 3 letters and 16 bytes');
  }
  const sent = concat(nonce, uintBytes(amountMinor, 8), asciiBytes(currency), merchant);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', sent));
}

/** The 128 bits that go into QR and NFC. */
export const tokenOf = (mac) => mac.slice(0, 16);

/** The `otpDigits` digits that go into the barcode: uint64be(mac[16:24]) mod 10^d. */
export function otpOf(mac, otpDigits) {
  const number = new DataView(mac.buffer, mac.byteOffset).getBigUint64(16);
  return String(number % 10n ** BigInt(otpDigits)).padStart(otpDigits, '0');
}
