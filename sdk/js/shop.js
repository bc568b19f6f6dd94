// A shop's code (EMV QR, merchant-presented mode): what a payer has to see before he says yes. The server reads the
// code again, more strictly, and is told the amount that was shown.

import { currencyOf } from './currency.js';
import { CodeError } from './errors.js';

/** Account template and identifier that say that a code is of this system (docs/api.md). */
const ACCOUNT = '26';
const GLOBAL = 'F0504159434F4445';
const MAX_TEXT = 512; // characters

/**
 * What a shop's code says: { merchant, name, city, currency, amount, reference, terminal }, all texts. merchant is the
 * TypeID, currency in letters, amount decimal and empty when the payer says how much; reference is the shop's order
 * number, terminal its till; both may be empty. Throws CodeError shop_malformed, also for codes of other systems.
 */
export function readShop(text) {
  const code = objects(checked(text));
  const account = objects(code.get(ACCOUNT) ?? '');
  const currency = currencyOf(code.get('53'));
  const merchant = account.get('01');
  if (account.get('00') !== GLOBAL || !merchant || !currency) refuse('not of this system');
  const additional = objects(code.get('62') ?? '');
  const amount = code.get('54') ?? '';
  const reference = additional.get('05') ?? '';
  if (Boolean(amount) !== Boolean(reference)) refuse('an amount and its order number go together');
  return {
    merchant, currency, amount, reference, terminal: additional.get('07') ?? '',
    name: objects(code.get('64') ?? '').get('01') ?? code.get('59') ?? '', city: code.get('60') ?? '',
  };
}

const refuse = (why) => { throw new CodeError('shop_malformed', `not a shop's code: ${why}`); };

/** The text before the checksum, which is the last object. */
function checked(text) {
  const body = text.slice(0, -4);
  if (text.length > 2 * MAX_TEXT || [...text].length > MAX_TEXT || !body.endsWith('6304')) refuse('no checksum');
  const sum = crc16(new TextEncoder().encode(body)).toString(16).toUpperCase().padStart(4, '0');
  if (text.slice(-4) !== sum) refuse('wrong checksum');
  return body.slice(0, -4);
}

/** CRC-16/CCITT-FALSE: polynomial 1021, beginning with FFFF. */
function crc16(bytes) {
  let sum = 0xffff;
  for (const byte of bytes) {
    sum ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) sum = ((sum << 1) ^ (sum & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  return sum;
}

/** The values of one level by their ids; lengths are in characters. */
function objects(text) {
  const characters = [...text];
  const found = new Map();
  for (let at = 0; at < characters.length;) {
    const head = characters.slice(at, at + 4).join('');
    const id = head.slice(0, 2);
    const length = Number(head.slice(2));
    at += 4 + length;
    if (!/^\d{4}$/.test(head) || length === 0 || at > characters.length || found.has(id)) refuse('objects');
    found.set(id, characters.slice(at - length, at).join(''));
  }
  return found;
}
