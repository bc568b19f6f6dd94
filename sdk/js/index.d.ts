/** Issuer configuration, given to every device. Periods and lifetimes in seconds. */
export interface Profile {
  prefix: string;
  online_prefix: string;
  alias_digits: number;
  otp_digits: number;
  period_s: number;
  skew: number;
  seed_ttl: number;
}

/** What can be spent once: a window and a nonce (0–9) of the device that an alias names. */
export interface Slot {
  alias: number;
  counter: number;
  nonce: number;
}

/** One slot in its three representations. */
export interface SlotCode {
  digits: string;
  text: string;
  emv: string;
}

/** What an NFC reader sends. */
export interface Challenge {
  nonce: Uint8Array;
  amountMinor: number | bigint;
  currency: string;
  merchant: Uint8Array;
}

export type ParsedCode =
  | { form: 'digits'; type: 1; alias: number; nonce: number; otp: string }
  | { form: 'text' | 'emv'; type: 1 | 2; alias: number; counter: number; nonce: number; token: Uint8Array }
  | { form: 'online'; online: string };

export class CodeError extends Error {
  readonly code: 'code_malformed' | 'profile_invalid' | 'seal_invalid' | 'slot_invalid' | 'pass_malformed' | 'shop_malformed'
    | 'receipt_malformed' | 'receipt_unknown_issuer' | 'receipt_addressee' | 'receipt_amount' | 'receipt_stale' | 'receipt_signature';
}

export const DEFAULT_PROFILE: Readonly<Profile>;
export const TYPE_OFFLINE: 1;
export const TYPE_CHALLENGE: 2;

export function checkProfile(profile: Profile): Profile;
export function codeLength(profile: Profile): number;
export function counterAt(unixSeconds: number, profile: Profile): number;
export function secondsLeft(unixSeconds: number, profile: Profile): number;

export function importSeed(seed: Uint8Array): Promise<CryptoKey>;
export function openSeed(
  sealKeys: CryptoKeyPair, sealed: { enc: string; ciphertext: string }, deviceID: string, generation: number,
): Promise<CryptoKey>;
export function openSealed(
  keys: CryptoKeyPair, message: { enc: Uint8Array; ciphertext: Uint8Array; info: Uint8Array; aad: Uint8Array },
): Promise<Uint8Array>;

export function makeCode(seedKey: CryptoKey, profile: Profile, slot: Slot): Promise<SlotCode>;
export function makeChallengeText(seedKey: CryptoKey, profile: Profile, slot: Slot, challenge: Challenge): Promise<string>;
export function parseCode(input: string, profile: Profile): ParsedCode;

export function deriveSession(seedKey: CryptoKey, counter: number): Promise<CryptoKey>;
export function slotMAC(session: CryptoKey, alias: number, nonce: number, challengeHash?: Uint8Array): Promise<Uint8Array>;
export function hashChallenge(challenge: Challenge): Promise<Uint8Array>;
export function tokenOf(mac: Uint8Array): Uint8Array;
export function otpOf(mac: Uint8Array, otpDigits: number): string;

export function generateSigningKeys(): Promise<CryptoKeyPair>;
export function generateSealingKeys(): Promise<CryptoKeyPair>;
export function publicJWK(keys: CryptoKeyPair): Promise<{ kty: string; crv: string; x: string; y: string }>;
export function makeProof(
  keys: CryptoKeyPair, request: { method: string; url: string; accessToken?: string; nowSeconds: number },
): Promise<string>;

export function parseTypeID(text: string, prefix: string): Uint8Array;
export function formatTypeID(prefix: string, bytes: Uint8Array): string;
export function toBase64url(bytes: Uint8Array): string;
export function fromBase64url(text: string): Uint8Array | null;
