// Making and reading codes, against the published vectors: what must be accepted and what must be refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DEFAULT_PROFILE, checkProfile, counterAt, deriveSession, formatTypeID, hashChallenge, importSeed, makeChallengeText,
  makeCode, otpOf, parseCode, parseTypeID, slotMAC, tokenOf,
} from '../index.js';
import { fromHex, toHex } from './hex.js';
import { EXAMPLE, PROFILES, challengeOf, vectorsOf } from './vectors.js';

test('profiles', () => {
  assert.deepEqual({ ...DEFAULT_PROFILE }, PROFILES.default);
  for (const profile of Object.values(PROFILES)) assert.equal(checkProfile(profile), profile);
});

for (const { name, input, output } of vectorsOf('window')) {
  test(`window: ${name}`, () => {
    assert.equal(counterAt(input.unix_seconds, PROFILES[input.profile]), output.counter);
  });
}

for (const { name, input, output } of vectorsOf('token')) {
  test(`token: ${name}`, async () => {
    const session = await deriveSession(await importSeed(fromHex(input.seed)), input.slot.counter);
    const bound = input.challenge ? await hashChallenge(challengeOf(input.challenge)) : undefined;
    const mac = await slotMAC(session, input.alias, input.slot.nonce, bound);
    const made = { mac: toHex(mac), token: toHex(tokenOf(mac)), otp: otpOf(mac, input.otp_digits) };
    assert.deepEqual(made, { mac: output.mac, token: output.token, otp: output.otp });
  });
}

async function make({ profile, form, seed, alias, slot, challenge }) {
  const key = await importSeed(fromHex(seed));
  if (challenge) return makeChallengeText(key, PROFILES[profile], { alias, ...slot }, challengeOf(challenge));
  return (await makeCode(key, PROFILES[profile], { alias, ...slot }))[form];
}

for (const { name, input, output } of vectorsOf('make')) {
  test(`make: ${name}`, async () => assert.equal(await make(input), output.code));
}

for (const { name, input, outcome, output } of vectorsOf('parse')) {
  test(`parse: ${name}`, () => {
    const read = () => parseCode(input.code, PROFILES[input.profile]);
    if (outcome !== 'ok') return assert.throws(read, { code: outcome });
    const code = read();
    assert.deepEqual(code.token ? { ...code, token: toHex(code.token) } : code, output);
  });
}

// What the server accepts, this library makes: the matched slot, alias and seed give the very same code.
const accepted = vectorsOf('match').filter(({ outcome, input }) => outcome === 'ok' && !input.challenge);
for (const { name, input, output } of accepted) {
  test(`match: ${name}`, async () => {
    const { form, alias } = parseCode(input.code, PROFILES[input.profile]);
    const remade = await make({ profile: input.profile, form, seed: input.seeds[output.seed_index], alias, slot: output.slot });
    assert.equal(remade, input.code);
  });
}

test('worked example: device id, digits, text, EMV', async () => {
  assert.equal(toHex(parseTypeID('dev_01jfja0yrcfgzrmq9f3r69q2kp', 'dev')), EXAMPLE.device);
  assert.equal(formatTypeID('dev', fromHex(EXAMPLE.device)), 'dev_01jfja0yrcfgzrmq9f3r69q2kp');
  const slot = { alias: EXAMPLE.alias, ...EXAMPLE.slot };
  const { digits, text, emv } = EXAMPLE;
  assert.deepEqual(await makeCode(await importSeed(fromHex(EXAMPLE.seed)), DEFAULT_PROFILE, slot), { digits, text, emv });
});
