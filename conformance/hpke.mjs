// RFC 9180, the receiver's half of base mode:
// DHKEM(P-256, HKDF-SHA256) 0x0010, HKDF-SHA256 0x0001, AES-128-GCM 0x0001.
import { createDecipheriv, createECDH } from 'node:crypto'
import { hmac } from './codes.mjs'

const VERSION = Buffer.from('HPKE-v1')
const KEM = Buffer.concat([Buffer.from('KEM'), u16(0x0010)])
const SUITE = Buffer.concat([Buffer.from('HPKE'), u16(0x0010), u16(0x0001), u16(0x0001)])
const NOTHING = Buffer.alloc(0)

function u16(n) {
  const b = Buffer.alloc(2)
  b.writeUInt16BE(n)
  return b
}

const labeledExtract = (suite, salt, label, ikm) =>
  hmac(salt.length ? salt : Buffer.alloc(32), VERSION, suite, label, ikm)

function labeledExpand(suite, prk, label, info, length) {
  const labeled = Buffer.concat([u16(length), VERSION, suite, Buffer.from(label), info])
  let out = NOTHING
  for (let i = 1, t = NOTHING; out.length < length; i++) {
    t = hmac(prk, t, labeled, Buffer.of(i))
    out = Buffer.concat([out, t])
  }
  return out.subarray(0, length)
}

/** Decap of section 4.1; the private key is a raw 32-byte scalar, enc an uncompressed point. */
export function decap(enc, privateKey) {
  const ecdh = createECDH('prime256v1')
  ecdh.setPrivateKey(privateKey)
  const dh = ecdh.computeSecret(enc)
  const context = Buffer.concat([enc, ecdh.getPublicKey()])
  const eae = labeledExtract(KEM, NOTHING, 'eae_prk', dh)
  return labeledExpand(KEM, eae, 'shared_secret', context, 32)
}

/** KeySchedule of section 5.1 with mode_base. */
export function keySchedule(sharedSecret, info) {
  const pskIDHash = labeledExtract(SUITE, NOTHING, 'psk_id_hash', NOTHING)
  const infoHash = labeledExtract(SUITE, NOTHING, 'info_hash', info)
  const context = Buffer.concat([Buffer.of(0), pskIDHash, infoHash])
  const secret = labeledExtract(SUITE, sharedSecret, 'secret', NOTHING)
  return {
    key: labeledExpand(SUITE, secret, 'key', context, 16),
    nonce: labeledExpand(SUITE, secret, 'base_nonce', context, 12),
  }
}

/** Opens one single-shot message (sequence number 0). Throws when it was not sealed so. */
export function open({ enc, ciphertext, privateKey, info, aad }) {
  const { key, nonce } = keySchedule(decap(enc, privateKey), info)
  const gcm = createDecipheriv('aes-128-gcm', key, nonce)
  gcm.setAAD(aad)
  gcm.setAuthTag(ciphertext.subarray(-16))
  return Buffer.concat([gcm.update(ciphertext.subarray(0, -16)), gcm.final()])
}
