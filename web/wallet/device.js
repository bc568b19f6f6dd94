// This device's membership: enrolment by ticket, sync, removal. What comes back is checked before it is kept.

import { generateSealingKeys, generateSigningKeys, publicJWK } from '/sdk/keys.js';
import { checkProfile } from '/sdk/profile.js';
import { openSeed } from '/sdk/seed.js';
import { call } from './server.js';

/** The device's two key pairs, made here and impossible to read out. */
export async function generateKeys() {
  const [signKeys, sealKeys] = await Promise.all([generateSigningKeys(), generateSealingKeys()]);
  return { signKeys, sealKeys };
}

/** Enrols with a one-time ticket; the sealed seed becomes a key that can only make codes. Answers {device, answer}. */
export async function enrol(ticket, name, { signKeys, sealKeys }) {
  const body = {
    ticket, name, kind: 'phone',
    public_key: await publicJWK(signKeys), seal_key: await publicJWK(sealKeys),
  };
  const answer = await call('POST', '/v1/devices', { body });
  const device = {
    id: answer.device_id,
    accessToken: answer.access_token,
    name, signKeys, sealKeys,
    seedKey: await openSeed(sealKeys, answer.seed_sealed, answer.device_id, answer.generation),
    ...standing(answer, answer.generation),
  };
  return { device, answer };
}

/**
 * Tells the server which alias and generation this device holds and takes what is new: {device, answer, rotated}.
 * What it tells is an acknowledgement: only call it with a device that is safely stored.
 */
export async function sync(device, now) {
  const held = { alias: device.alias, generation: device.generation };
  const answer = await call('POST', '/v1/device/sync', { device, now, body: held });
  const sealed = answer.seed_sealed;
  if (!sealed) return { device: { ...device, ...standing(answer, device.generation) }, answer, rotated: false };
  const seedKey = await openSeed(device.sealKeys, sealed, device.id, sealed.generation);
  return { device: { ...device, seedKey, ...standing(answer, sealed.generation) }, answer, rotated: true };
}

/** What enrolment and every sync say anew. */
function standing(answer, generation) {
  return {
    alias: Number(answer.alias),
    generation,
    profile: checkProfile(answer.profile),
    limits: answer.limits,
    syncBy: answer.sync_by,
    syncedAt: answer.server_time,
    payer: answer.payer,
    pass: answer.pass, // base64; absent where the issuer has none
  };
}

/** Tells the server that this device is gone. */
export const remove = (device, now) => call('POST', '/v1/device/remove', { device, now });
