// Opening an HPKE message: RFC 9180 base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM.
// One suite, the receiving side, one message per encapsulated key: all that a sealed seed needs.

import { asciiBytes, concat, uintBytes } from './bytes.js';

const EMPTY = new Uint8Array(0);
const VERSION = asciiBytes('HPKE-v1');
const KEM_SUITE = concat(asciiBytes('KEM'), [0x00, 0x10]);
const HPKE_SUITE = concat(asciiBytes('HPKE'), [0x00, 0x10, 0x00, 0x01, 0x00, 0x01]);
const MODE_BASE = 0x00;
const HASH_LENGTH = 32;
const P256 = { name: 'ECDH', namedCurve: 'P-256' };

/**
 * Opens `ciphertext` sealed to keys.publicKey. keys is an ECDH P-256 CryptoKeyPair whose private half may be
 * (and should be) non-extractable. enc is the sender's uncompressed point, 65 bytes.
 * Throws an OperationError or DataError when anything at all is not as it was sealed.
 */
export async function openSealed(keys, { enc, ciphertext, info, aad }) {
  const { key, baseNonce } = await keySchedule(await decapsulate(keys, enc), info);
  const aes = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt']);
  const opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: baseNonce, additionalData: aad }, aes, ciphertext);
  return new Uint8Array(opened);
}

/** RFC 9180 section 4.1, Decap. importKey refuses points that are not on the curve. */
async function decapsulate({ privateKey, publicKey }, enc) {
  const sender = await crypto.subtle.importKey('raw', enc, P256, false, []);
  const dh = new Uint8Array(await crypto.subtle.deriveBits({ name: 'ECDH', public: sender }, privateKey, 256));
  const receiver = new Uint8Array(await crypto.subtle.exportKey('raw', publicKey));
  const prk = await labeledExtract(KEM_SUITE, EMPTY, 'eae_prk', dh);
  return labeledExpand(KEM_SUITE, prk, 'shared_secret', concat(enc, receiver), 32);
}

/** RFC 9180 section 5.1, KeySchedule without a pre-shared key. */
async function keySchedule(sharedSecret, info) {
  const pskIDHash = await labeledExtract(HPKE_SUITE, EMPTY, 'psk_id_hash', EMPTY);
  const infoHash = await labeledExtract(HPKE_SUITE, EMPTY, 'info_hash', info);
  const context = concat([MODE_BASE], pskIDHash, infoHash);
  const secret = await labeledExtract(HPKE_SUITE, sharedSecret, 'secret', EMPTY);
  return {
    key: await labeledExpand(HPKE_SUITE, secret, 'key', context, 16),
    baseNonce: await labeledExpand(HPKE_SUITE, secret, 'base_nonce', context, 12),
  };
}

// RFC 9180 section 4: LabeledExtract and LabeledExpand.
const labeledExtract = (suite, salt, label, input) => hmac(salt, concat(VERSION, suite, asciiBytes(label), input));

async function labeledExpand(suite, prk, label, info, length) {
  const message = concat(uintBytes(length, 2), VERSION, suite, asciiBytes(label), info, [0x01]);
  return (await hmac(prk, message)).subarray(0, length); // one block of HKDF-Expand holds all lengths used here
}

async function hmac(keyBytes, message) {
  // WebCrypto refuses an empty HMAC key; HMAC pads keys with zeros, so zeros are the same key.
  const raw = keyBytes.length > 0 ? keyBytes : new Uint8Array(HASH_LENGTH);
  const key = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, message));
}
