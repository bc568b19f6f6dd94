/** The wallet core of paycode: makes and reads payment codes. No dependencies; WebCrypto only. */

export { fromBase64url, toBase64url } from './bytes.js';
export { TYPE_CHALLENGE, TYPE_OFFLINE, makeChallengeText, makeCode } from './code.js';
export { makeProof } from './dpop.js';
export { CodeError } from './errors.js';
export { openSealed } from './hpke.js';
export { generateSealingKeys, generateSigningKeys, publicJWK } from './keys.js';
export { parseCode } from './parse.js';
export { DEFAULT_PROFILE, checkProfile, codeLength, counterAt, secondsLeft } from './profile.js';
export { openSeed } from './seed.js';
export { deriveSession, hashChallenge, importSeed, otpOf, slotMAC, tokenOf } from './token.js';
export { formatTypeID, parseTypeID } from './typeid.js';
