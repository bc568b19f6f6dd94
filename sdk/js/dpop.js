// DPoP proofs (RFC 9449): each request is signed, so an access token is of no use to whoever copied it.

import { asciiBytes, toBase64url } from './bytes.js';
import { publicJWK } from './keys.js';

const ES256 = { name: 'ECDSA', hash: 'SHA-256' };
const json64 = (value) => toBase64url(new TextEncoder().encode(JSON.stringify(value)));

/**
 * A proof for one request. keys: an ECDSA P-256 CryptoKeyPair; url: absolute, query and fragment are left out
 * as section 4.2 wants; nowSeconds: Unix time, corrected if the device's clock is known to be off.
 */
export async function makeProof(keys, { method, url, accessToken, nowSeconds }) {
  const { origin, pathname } = new URL(url);
  const head = json64({ typ: 'dpop+jwt', alg: 'ES256', jwk: await publicJWK(keys) });
  const body = json64({
    jti: toBase64url(crypto.getRandomValues(new Uint8Array(16))),
    htm: method,
    htu: origin + pathname,
    iat: Math.floor(nowSeconds),
    ath: accessToken && toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', asciiBytes(accessToken)))),
  });
  const signature = await crypto.subtle.sign(ES256, keys.privateKey, asciiBytes(`${head}.${body}`));
  return `${head}.${body}.${toBase64url(new Uint8Array(signature))}`;
}
