// RFC 9449 proofs (ES256), with every part open to being got wrong on purpose.
import { createHash, createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto'

const b64 = (v) => Buffer.from(v).toString('base64url')
const part = (object) => b64(JSON.stringify(object))

export function newKey(namedCurve = 'P-256') {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
  return { privateKey, jwk: publicKey.export({ format: 'jwk' }), full: privateKey.export({ format: 'jwk' }) }
}

export const athOf = (accessToken) => createHash('sha256').update(accessToken).digest('base64url')

/**
 * A proof for one request. `header` and `claims` replace members (undefined removes one);
 * `signer` signs in place of the key; `alg` may be ES256, HS256 or none.
 */
export function proof({ key, method, url, accessToken, header = {}, claims = {}, signer = key, alg = 'ES256' }) {
  const head = { typ: 'dpop+jwt', alg, jwk: key.jwk, ...header }
  const payload = {
    jti: randomUUID(), htm: method, htu: url.split(/[?#]/)[0],
    iat: Math.floor(Date.now() / 1000), ath: athOf(accessToken), ...claims,
  }
  const signed = `${part(head)}.${part(payload)}`
  return `${signed}.${signatures[alg](signed, signer)}`
}

const signatures = {
  ES256: (data, key) => sign('sha256', Buffer.from(data), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url'),
  // The classic confusion: the public key, which everyone knows, taken for a shared secret.
  HS256: (data, key) => createHmac('sha256', JSON.stringify(key.jwk)).update(data).digest('base64url'),
  none: () => '',
}
