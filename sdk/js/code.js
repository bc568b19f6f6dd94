// One slot (device, counter, nonce) in its three representations: digits, text and EMV.

import { asciiBytes, concat, fromBase64, toBase64, uintBytes } from './bytes.js';
import { decodeCrockford, encodeCrockford } from './crockford.js';
import { CodeError } from './errors.js';
import { aliasFits } from './profile.js';
import { deriveSession, hashChallenge, otpOf, slotMAC, tokenOf } from './token.js';

/** What a payload is: an offline payment, or one bound to an NFC reader's challenge. */
export const TYPE_OFFLINE = 0x01;
export const TYPE_CHALLENGE = 0x02;

/** type[1] ‖ alias uint40be ‖ counter uint32be ‖ nonce[1] ‖ token[16]. */
export const PAYLOAD_LENGTH = 27;

/** How every text code begins. */
export const TEXT_MARK = 'PC1';

// All of the TLV that is the same in every EMV code (EMV QR Code Specification, Consumer-Presented Mode):
// 85 "CPV01" · 61 { 4F AID · 50 "PAYCODE" · 63 { 9F10 27 bytes … } }.
const EMV_HEAD = concat(
  [0x85, 5], asciiBytes('CPV01'),
  [0x61, 51],
  [0x4f, 8, 0xf0], asciiBytes('PAYCODE'),
  [0x50, 7], asciiBytes('PAYCODE'),
  [0x63, 30, 0x9f, 0x10, PAYLOAD_LENGTH],
);

/**
 * Makes the code of a slot: {digits, text, emv}. alias is a number, nonce 0–9.
 * Needs no network, no clock and no randomness.
 */
export async function makeCode(seedKey, profile, slot) {
  checkSlot(profile, slot);
  const { alias, counter, nonce } = slot;
  const mac = await slotMAC(await deriveSession(seedKey, counter), alias, nonce);
  const payload = encodePayload(TYPE_OFFLINE, slot, tokenOf(mac));
  return {
    digits: profile.prefix + String(alias).padStart(profile.alias_digits, '0') + nonce + otpOf(mac, profile.otp_digits),
    text: formatText(payload),
    emv: formatEMV(payload),
  };
}

/**
 * Makes the text code that answers an NFC reader's challenge. Relayed to another till, or with another amount,
 * it does not verify. challenge: as hashChallenge takes it.
 */
export async function makeChallengeText(seedKey, profile, slot, challenge) {
  checkSlot(profile, slot);
  const session = await deriveSession(seedKey, slot.counter);
  const mac = await slotMAC(session, slot.alias, slot.nonce, await hashChallenge(challenge));
  return formatText(encodePayload(TYPE_CHALLENGE, slot, tokenOf(mac)));
}

function checkSlot(profile, { alias, nonce }) {
  if (!Number.isInteger(nonce) || nonce < 0 || nonce > 9) throw new CodeError('slot_invalid', 'a nonce is one digit');
  if (!aliasFits(alias, profile)) throw new CodeError('slot_invalid', 'the alias does not fit the profile');
}

function encodePayload(type, { alias, counter, nonce }, token) {
  return concat([type], uintBytes(alias, 5), uintBytes(counter, 4), [nonce], token);
}

/** Payload to text: 47 characters of QR's alphanumeric set, so that the symbol stays small. */
const formatText = (payload) => TEXT_MARK + encodeCrockford(payload);

/** Payload to EMV: 80 characters of Base64. */
const formatEMV = (payload) => toBase64(concat(EMV_HEAD, payload));

/** The payload behind the mark of a text code, or null. */
export const readText = (characters) => decodeCrockford(characters, PAYLOAD_LENGTH);

/**
 * The payload of an EMV code, or null. The head is compared byte by byte: other orders, longer length fields
 * and further tags would say the same in other words, and a code must have one spelling.
 */
export function readEMV(text) {
  const tlv = fromBase64(text);
  if (tlv?.length !== EMV_HEAD.length + PAYLOAD_LENGTH || EMV_HEAD.some((byte, i) => tlv[i] !== byte)) return null;
  return tlv.slice(EMV_HEAD.length);
}
