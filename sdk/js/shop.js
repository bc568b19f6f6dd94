// A shop's code (EMV QR, merchant-presented mode). Read: what a payer has to see before he says yes; the server reads the
// code again, more strictly, and is told the amount that was shown. Written: what a till without network shows.

import { currencyOf, numberOf } from './currency.js';
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

/**
 * The code of a shop { merchant, name, city?, country?, currency, amount, reference, terminal }, as the server writes it:
 * texts as readShop answers them. Without amount and reference the payer says how much. Throws CodeError shop_malformed
 * for what a code cannot hold.
 */
export function writeShop({ merchant, name, city = '', country, currency, amount = '', reference = '', terminal = '' }) {
  if (Boolean(amount) !== Boolean(reference)) refuse('an amount and its order number go together');
  const short = first(name, 25);
  const shown = latin(short) ? short : 'SHOP'; // 59 is of Latin letters only
  const body = objectsOf([
    ['00', '01'], ['01', amount ? '12' : '11'], [ACCOUNT, objectsOf([['00', GLOBAL], ['01', merchant]])],
    ['52', '0000'], ['53', numberOf(currency) ?? refuse('no such currency')], ['54', amount], ['58', country ?? currency.slice(0, 2)],
    ['59', shown], ['60', latin(first(city, 15)) ? first(city, 15) : 'CITY'],
    ['62', objectsOf([['05', short25(reference)], ['07', short25(terminal)]])],
    ['64', short === shown ? '' : objectsOf([['00', 'zh'], ['01', short]])],
  ]) + '6304';
  return body + checksum(body);
}

const first = (text, most) => [...text].slice(0, most).join('');
const latin = (text) => /^[ -~]+$/.test(text);
const short25 = (text) => ([...text].length > 25 ? refuse('over 25 characters') : text);

/** One level, without what is empty. */
function objectsOf(all) {
  return all.filter(([, value]) => value).map(([id, value]) => {
    const { length } = [...value];
    return length > 99 ? refuse(`${id} has over 99 characters`) : id + String(length).padStart(2, '0') + value;
  }).join('');
}

const refuse = (why) => { throw new CodeError('shop_malformed', `not a shop's code: ${why}`); };

/** The text before the checksum, which is the last object. */
function checked(text) {
  const body = text.slice(0, -4);
  if (text.length > 2 * MAX_TEXT || [...text].length > MAX_TEXT || !body.endsWith('6304')) refuse('no checksum');
  if (text.slice(-4) !== checksum(body)) refuse('wrong checksum');
  return body.slice(0, -4);
}

/** The checksum of all that stands before it, in four digits. */
const checksum = (body) => crc16(new TextEncoder().encode(body)).toString(16).toUpperCase().padStart(4, '0');

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
