// The worked example of the code specification, step by step.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DEFAULT_PROFILE, answerChallenge, counterAt, deriveSession, formatTypeID, hashChallenge, importSeed, makeCode, otpOf,
  parseCode, parseTypeID, secondsLeft, slotMAC, toBase64url, tokenOf,
} from '../index.js';
import { fromHex, toHex } from './hex.js';

const SEED = '68dc8fa10bb25015685c44b210587aee185dbb62d89a5d62ec1e67c747164b0b';
const SLOT = { alias: 123456789, counter: 29921400, nonce: 3 };
const TOKEN = 'a1101d0de739d2419a4fd06a2633ba7e';
const CODE = {
  digits: '701234567893326376',
  text: 'PC10400EPYD2M0WH43R0EGH078DWWWX4GCT9Z86M9HKQ9Z0',
  emv: 'hQVDUFYwMWEzTwjwUEFZQ09ERVAHUEFZQ09ERWMenxAbAQAHW80VAciQeAOhEB0N5znSQZpP0GomM7p+',
};
const CHALLENGE = { challenge: fromHex('0011223344556677'), amountMinor: 1250, currency: 'CNY', merchantID: new Uint8Array(16) };

test('device id', () => {
  const bytes = parseTypeID('dev_01jfja0yrcfgzrmq9f3r69q2kp', 'dev');
  assert.equal(toHex(bytes), '0193e4a07b0c7c3f8a5d2f1e0c9b8a76');
  assert.equal(formatTypeID('dev', bytes), 'dev_01jfja0yrcfgzrmq9f3r69q2kp');
});

test('window', () => {
  assert.equal(counterAt(1795284017, DEFAULT_PROFILE), SLOT.counter);
  assert.equal(secondsLeft(1795284017, DEFAULT_PROFILE), 43);
  assert.equal(secondsLeft(1795284060, DEFAULT_PROFILE), 60);
  assert.equal(counterAt(-1, DEFAULT_PROFILE), 0);
});

test('mac, token, otp', async () => {
  const mac = await slotMAC(await deriveSession(await importSeed(fromHex(SEED)), SLOT.counter), SLOT.alias, SLOT.nonce);
  assert.equal(toHex(mac), 'a1101d0de739d2419a4fd06a2633ba7e3ffadad5300f5ce8accf7b53c6418764');
  assert.equal(toHex(tokenOf(mac)), TOKEN);
  assert.equal(otpOf(mac, 6), '326376');
});

test('digits, text, EMV', async () => {
  assert.deepEqual(await makeCode(await importSeed(fromHex(SEED)), DEFAULT_PROFILE, SLOT), CODE);
});

test('each form reads back as the slot it was made for', () => {
  assert.deepEqual(parseCode(CODE.digits, DEFAULT_PROFILE), { form: 'digits', type: 1, alias: SLOT.alias, nonce: 3, otp: '326376' });
  for (const form of ['text', 'emv']) {
    assert.deepEqual(parseCode(CODE[form], DEFAULT_PROFILE), { form, type: 1, ...SLOT, token: fromHex(TOKEN) });
  }
});

test('answer to a reader\'s challenge', async () => {
  const seedKey = await importSeed(fromHex(SEED));
  const mac = await slotMAC(await deriveSession(seedKey, SLOT.counter), SLOT.alias, SLOT.nonce, await hashChallenge(CHALLENGE));
  assert.equal(toHex(mac), '5343142c7128ad71598dc3141054ed11432496acf50a3e0bbdaf2b0055c0147d');
  const payload = await answerChallenge(seedKey, DEFAULT_PROFILE, SLOT, CHALLENGE);
  assert.equal(toHex(payload), `0200075bcd1501c8907803${toHex(mac.slice(0, 16))}`);
});

test('a seed cannot be read out again, and its bytes are wiped', async () => {
  const raw = fromHex(SEED);
  const key = await importSeed(raw);
  assert.equal(toHex(raw), '00'.repeat(32));
  await assert.rejects(crypto.subtle.exportKey('raw', key), { name: /^InvalidAccess/ });
  await assert.rejects(importSeed(new Uint8Array(31)), RangeError);
});

test('a slot that no profile could hold is refused', async () => {
  const key = await importSeed(fromHex(SEED));
  for (const slot of [{ ...SLOT, nonce: 10 }, { ...SLOT, alias: 1e9 }, { ...SLOT, alias: -1 }, { ...SLOT, alias: 1.5 }]) {
    await assert.rejects(makeCode(key, DEFAULT_PROFILE, slot), { code: 'slot_invalid' });
  }
});

test('ids: other kinds and other spellings are refused', () => {
  const spellings = ['pay_01jfja0yrcfgzrmq9f3r69q2kp', 'dev_01JFJA0YRCFGZRMQ9F3R69Q2KP', 'dev_81jfja0yrcfgzrmq9f3r69q2kp',
    'dev_01jfja0yrcfgzrmq9f3r69q2k', 'dev_01jfja0yrcfgzrmq9f3r69q2kl', 'dev-01jfja0yrcfgzrmq9f3r69q2kp', ''];
  for (const text of spellings) assert.throws(() => parseTypeID(text, 'dev'), TypeError, text);
});

test('base64url has no padding', () => {
  assert.equal(toBase64url(fromHex('fbff')), '-_8');
});
