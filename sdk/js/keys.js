// The two key pairs of a device. Private halves are born non-extractable and never leave the browser's keystore.

/** Signs DPoP proofs (ES256). */
export const generateSigningKeys = () => crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);

/** Opens sealed seeds (HPKE). */
export const generateSealingKeys = () => crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits']);

/** The public half as a JWK with nothing but the members that RFC 7638 names. */
export async function publicJWK({ publicKey }) {
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey);
  return { kty, crv, x, y };
}
