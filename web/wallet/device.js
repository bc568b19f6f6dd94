// This device's membership: enrolment by ticket, sync, removal. What comes back is checked before it is kept.

import { checkProfile, generateSealingKeys, generateSigningKeys, openSeed, publicJWK } from '/sdk/index.js';
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
 * Tells the server which alias and generation this device holds and takes what is new: {device, answer}.
 * A rotated seed is told back by one more sync, so that the old one dies now and not in a day.
 */
export async function sync(device, now) {
  const answer = await syncOnce(device, now);
  const next = await takeAnswer(device, answer);
  if (!answer.seed_sealed) return { device: next, answer };
  const again = await syncOnce(next, now);
  return { device: await takeAnswer(next, again), answer: again };
}

const syncOnce = (device, now) =>
  call('POST', '/v1/device/sync', { device, now, body: { alias: device.alias, generation: device.generation } });

async function takeAnswer(device, answer) {
  const sealed = answer.seed_sealed;
  if (!sealed) return { ...device, ...standing(answer, device.generation) };
  const seedKey = await openSeed(device.sealKeys, sealed, device.id, sealed.generation);
  return { ...device, seedKey, ...standing(answer, sealed.generation) };
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
  };
}

/** Tells the server that this device is gone. */
export const remove = (device, now) => call('POST', '/v1/device/remove', { device, now });
