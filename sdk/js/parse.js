// Reading a code of any representation. It says what a code claims, not that it is good: only the issuer knows.

import { bytesUint } from './bytes.js';
import { PAYLOAD_LENGTH, TEXT_MARK, TYPE_CHALLENGE, TYPE_OFFLINE, readEMV, readText } from './code.js';
import { canonicalChar } from './crockford.js';
import { CodeError } from './errors.js';
import { aliasFits, codeLength } from './profile.js';

const TEXT_LENGTH = 47;
const EMV_LENGTH = 80;

/**
 * Reads a code. Takes the blanks that scanners and people leave around it and, for text, Crockford's reading
 * rules; anything else that is not the one way to write the code throws CodeError 'code_malformed'.
 *
 *   {form: 'digits', type: 1, alias, nonce, otp}          {form: 'online', online}
 *   {form: 'text' | 'emv', type, alias, counter, nonce, token}
 */
export function parseCode(input, profile) {
  const text = input.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  const read = { [TEXT_LENGTH]: parseText, [EMV_LENGTH]: parseEMV, [codeLength(profile)]: parseDigits }[text.length];
  const code = read?.(text, profile);
  if (!code) throw new CodeError('code_malformed', 'this is not a payment code');
  return code;
}

function parseDigits(text, profile) {
  if (!/^[0-9]+$/.test(text)) return null;
  if (text.startsWith(profile.online_prefix)) return { form: 'online', online: text };
  if (!text.startsWith(profile.prefix)) return null;
  const nonceAt = 2 + profile.alias_digits;
  return {
    form: 'digits', type: TYPE_OFFLINE,
    alias: Number(text.slice(2, nonceAt)), nonce: Number(text[nonceAt]), otp: text.slice(nonceAt + 1),
  };
}

function parseText(text, profile) {
  const mark = [...text.slice(0, TEXT_MARK.length)].map(canonicalChar).join('');
  return mark === TEXT_MARK ? parsePayload('text', readText(text.slice(TEXT_MARK.length)), profile) : null;
}

const parseEMV = (text, profile) => parsePayload('emv', readEMV(text), profile);

function parsePayload(form, bytes, profile) {
  if (bytes?.length !== PAYLOAD_LENGTH) return null;
  const code = {
    form, type: bytes[0],
    alias: bytesUint(bytes.subarray(1, 6)), counter: bytesUint(bytes.subarray(6, 10)), nonce: bytes[10],
    token: bytes.slice(11),
  };
  const known = code.type === TYPE_OFFLINE || code.type === TYPE_CHALLENGE;
  return known && code.nonce <= 9 && aliasFits(code.alias, profile) ? code : null;
}
