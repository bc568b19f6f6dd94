/** A presentation in its three forms. */
export interface Presentation {
  /** The COSE_Sign1. */
  presentation: Uint8Array;
  /** What an NFC reader is answered. */
  compact: Uint8Array;
  /** What the QR symbol says: "PP1:…". */
  text: string;
}

/** Throws CodeError pass_malformed for bytes that are no pass. */
export function presentPass(
  keys: { privateKey: CryptoKey }, pass: Uint8Array, now: { nowSeconds: number; nonce?: Uint8Array; challenge?: Uint8Array },
): Promise<Presentation>;
/** Throws CodeError pass_malformed. Unix seconds. */
export function passTimes(pass: Uint8Array): { notBefore: number; expires: number };
export function assemble(pass: Uint8Array, payload: ArrayLike<number>, signature: Uint8Array): Presentation;
export function shownClaims(iat: number, nonce: Uint8Array, challenge?: Uint8Array): number[];
