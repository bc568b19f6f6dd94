// Verifying a receipt at a till that has no network: the issuer's public keys are enough.

import { bytesUint, concat, uintBytes } from './bytes.js';
import { BYTES, ES256, TEXT, UINT, decodeBase45, envelope, head, string, toBeSigned } from './cose.js';
import { CodeError } from './errors.js';

const MAX_AGE = 300; // seconds
const MAX_AHEAD = 90; // seconds that clocks may differ
const MAX_TEXT = 580; // characters
const MAX_AMOUNT = 1e12; // minor units

const refuse = (outcome, message) => {
  throw new CodeError(`receipt_${outcome}`, message);
};

/**
 * What a receipt says, once it is found to be signed by one of keys (JWKs whose kid is the key id) and to pay what
 * is due: { merchant: 16 bytes, terminal, orderRef, amountMinor, currency }; an empty terminal or order says that
 * any will do. Throws CodeError receipt_malformed, _unknown_issuer, _addressee, _amount, _stale or _signature, each
 * looked for before the next. Whether this id was shown before is the caller's to remember.
 */
export async function verifyReceipt(text, keys, due, nowSeconds) {
  const receipt = readReceipt(text);
  const jwk = keys.find(({ kid }) => kid === String(receipt.keyID)) ?? refuse('unknown_issuer', 'no such issuer key');
  const differs = (name) => due[name] && due[name] !== receipt[name];
  if (String(receipt.merchant) !== String(due.merchant) || differs('terminal') || differs('orderRef')) refuse('addressee', 'for another till');
  if (receipt.amountMinor !== due.amountMinor || receipt.currency !== due.currency) refuse('amount', 'another amount');
  const age = nowSeconds - receipt.issuedAt;
  if (age > MAX_AGE || age < -MAX_AHEAD) refuse('stale', 'too old, or from the future');
  if (!(await signedBy(jwk, receipt))) refuse('signature', 'not signed by the issuer');
  return receipt;
}

async function signedBy({ kty, crv, x, y }, { edDSA, header, payload, signature }) {
  if ((kty === 'OKP') !== edDSA) return false;
  const algorithm = edDSA ? { name: 'Ed25519' } : ES256;
  const key = await crypto.subtle.importKey('jwk', { kty, crv, x, ...(y && { y }) }, algorithm, false, ['verify']);
  return crypto.subtle.verify(algorithm, key, signature, toBeSigned('paycode/receipt/v1', header, payload));
}

/** Reads a receipt and verifies nothing. It must be, to the byte, what is written for what it says. */
export function readReceipt(text) {
  const trimmed = text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  const bytes = trimmed.startsWith('PR1:') && trimmed.length <= MAX_TEXT ? decodeBase45(trimmed.slice(4)) : null;
  try {
    const receipt = parse(bytes);
    const { header, payload, signature } = receipt;
    if (allowed(receipt) && String(envelope(header, payload, signature)) === String(bytes)) return receipt;
  } catch {
    // as malformed as one that is written otherwise
  }
  return refuse('malformed', 'not a receipt');
}

function parse(bytes) {
  const edDSA = bytes[4] === 0x27;
  const keyID = bytesUint(bytes.slice(7, 11));
  const issuedAt = bytesUint(bytes.slice(17, 21));
  const id = bytes.slice(23, 31);
  const reader = new Reader(bytes, 37);
  const merchant = reader.take(BYTES);
  const terminal = reader.text();
  const orderRef = reader.text();
  const amountMinor = reader.head(UINT);
  const currency = reader.text();
  const header = [0xa2, 0x01, edDSA ? 0x27 : 0x26, 0x04, 0x44, ...uintBytes(keyID, 4)];
  const utf8 = (value) => string(new TextEncoder().encode(value), TEXT);
  const payload = concat(
    [0xa3, 0x06], head(UINT, issuedAt), [0x07], string(id), [0x3a, 0, 1, 0, 1, 0x85],
    string(merchant), utf8(terminal), utf8(orderRef), head(UINT, amountMinor), utf8(currency),
  );
  return { id, merchant, terminal, orderRef, amountMinor, currency, issuedAt, keyID, edDSA, header, payload, signature: bytes.slice(-64) };
}

function allowed({ id, merchant, terminal, orderRef, amountMinor, currency, issuedAt }) {
  const name = (value) => new TextEncoder().encode(value).length <= 64 && /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u.test(value);
  return id.length === 8 && merchant.length === 16 && issuedAt >= 65536 && amountMinor >= 1 && amountMinor <= MAX_AMOUNT &&
    /^[A-Z]{3}$/.test(currency) && name(terminal) && name(orderRef);
}

/** Reads items one after the other; throws at what is not there. */
class Reader {
  constructor(bytes, at) {
    Object.assign(this, { bytes, at });
  }

  head(major) {
    const first = this.bytes[this.at++];
    const short = first & 31;
    if (first >> 5 !== major || short > 27) throw new RangeError('another item');
    if (short < 24) return short;
    const width = 2 ** (short - 24);
    this.at += width;
    return bytesUint(this.bytes.slice(this.at - width, this.at));
  }

  take(major) {
    const length = this.head(major);
    if (length > 64) throw new RangeError('too long');
    this.at += length;
    return this.bytes.slice(this.at - length, this.at);
  }

  text() {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.take(TEXT));
  }
}
