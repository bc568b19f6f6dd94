// How a seed comes to the device: sealed to the device's own key, opened and locked away in one breath.

import { asciiBytes, concat, fromBase64url, uintBytes } from './bytes.js';
import { CodeError } from './errors.js';
import { openSealed } from './hpke.js';
import { importSeed } from './token.js';
import { parseTypeID } from './typeid.js';

const SEED_INFO = asciiBytes('paycode/seed/v1');

/**
 * Opens {enc, ciphertext} (base64url) for a device and a generation; answers the seed as a non-extractable
 * HMAC key. Throws CodeError 'seal_invalid' for whatever does not open: broken, sealed to another key, or
 * for another device or generation.
 */
export async function openSeed(sealKeys, { enc, ciphertext }, deviceID, generation) {
  const message = {
    enc: fromBase64url(enc),
    ciphertext: fromBase64url(ciphertext),
    info: SEED_INFO,
    aad: concat(parseTypeID(deviceID, 'dev'), uintBytes(generation, 4)),
  };
  try {
    return await importSeed(await openSealed(sealKeys, message));
  } catch (cause) {
    throw new CodeError('seal_invalid', 'the sealed seed does not open', { cause });
  }
}
