// How a seed comes to the device: sealed to the device's own key, opened and locked away in one breath.

import { asciiBytes, concat, fromBase64url, uintBytes } from './bytes.js';
import { openSealed } from './hpke.js';
import { importSeed } from './token.js';
import { parseTypeID } from './typeid.js';

const SEED_INFO = asciiBytes('paycode/seed/v1');

/**
 * Opens {enc, ciphertext} (base64url) for a device and a generation; answers the seed as a non-extractable
 * HMAC key. A seed sealed for another device or generation does not open.
 */
export async function openSeed(sealKeys, { enc, ciphertext }, deviceID, generation) {
  const seed = await openSealed(sealKeys, {
    enc: fromBase64url(enc),
    ciphertext: fromBase64url(ciphertext),
    info: SEED_INFO,
    aad: concat(parseTypeID(deviceID, 'dev'), uintBytes(generation, 4)),
  });
  return importSeed(seed);
}
