// What the library must not do: give a seed back, make a code for a slot that does not exist, read a wrong id.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_PROFILE, checkProfile, importSeed, makeCode, parseTypeID, secondsLeft, toBase64url } from '../index.js';
import { fromHex, toHex } from './hex.js';
import { EXAMPLE } from './vectors.js';

test('a seed cannot be read out again, and its bytes are wiped', async () => {
  const raw = fromHex(EXAMPLE.seed);
  const key = await importSeed(raw);
  assert.equal(toHex(raw), '00'.repeat(32));
  await assert.rejects(crypto.subtle.exportKey('raw', key), { name: /^InvalidAccess/ });
  await assert.rejects(importSeed(new Uint8Array(31)), RangeError);
});

test('a slot that no profile could hold is refused', async () => {
  const key = await importSeed(fromHex(EXAMPLE.seed));
  const slot = { alias: EXAMPLE.alias, ...EXAMPLE.slot };
  for (const wrong of [{ nonce: 10 }, { nonce: -1 }, { alias: 1e9 }, { alias: -1 }, { alias: 1.5 }]) {
    await assert.rejects(makeCode(key, DEFAULT_PROFILE, { ...slot, ...wrong }), { code: 'slot_invalid' });
  }
});

const FAULTS = [
  { prefix: '7' }, { prefix: '7x' }, { online_prefix: '70' }, { alias_digits: 5 }, { alias_digits: 13 }, { otp_digits: 5 },
  { alias_digits: 12, otp_digits: 12 }, { alias_digits: 6, otp_digits: 6 }, { period_s: 9 }, { period_s: 60.5 }, { skew: 3 },
  { seed_ttl: 59 }, { seed_ttl: undefined },
];
for (const fault of FAULTS) {
  test(`profile with ${JSON.stringify(fault)} is refused`, () => {
    assert.throws(() => checkProfile({ ...DEFAULT_PROFILE, ...fault }), { code: 'profile_invalid' });
  });
}

test('ids: other kinds and other spellings are refused', () => {
  const spellings = ['pay_01jfja0yrcfgzrmq9f3r69q2kp', 'dev_01JFJA0YRCFGZRMQ9F3R69Q2KP', 'dev_81jfja0yrcfgzrmq9f3r69q2kp',
    'dev_01jfja0yrcfgzrmq9f3r69q2k', 'dev_01jfja0yrcfgzrmq9f3r69q2kl', 'dev-01jfja0yrcfgzrmq9f3r69q2kp', ''];
  for (const text of spellings) assert.throws(() => parseTypeID(text, 'dev'), TypeError, text);
});

test('seconds left in a window', () => {
  assert.equal(secondsLeft(1795284017, DEFAULT_PROFILE), 43);
  assert.equal(secondsLeft(1795284060, DEFAULT_PROFILE), 60);
});

test('base64url has no padding', () => assert.equal(toBase64url(fromHex('fbff')), '-_8'));
