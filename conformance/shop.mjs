// A shop's code (docs/api.md; EMV QR, merchant-presented mode) and the receipt for it (docs/codes.md), as a stranger
// reads the documents.
import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { idBytes, uintBE } from './codes.mjs'

const NUMBER_OF = { CNY: '156' }

const object = (id, value) => (value ? id + String([...value].length).padStart(2, '0') + value : '')

/** The code of a merchant, for one order of an amount in decimals, or without both for any. */
export function shopCode({ merchant, amount = '', order = '', till = '', currency = 'CNY', name = 'Corner shop' }) {
  const account = object('00', 'F0504159434F4445') + object('01', merchant)
  const body = object('00', '01') + object('01', amount ? '12' : '11') + object('26', account) + object('52', '0000') +
    object('53', NUMBER_OF[currency]) + object('54', amount) + object('58', 'CN') + object('59', name) + object('60', 'Hangzhou') +
    object('62', object('05', order) + object('07', till)) + '6304'
  return body + crc16(Buffer.from(body)).toString(16).toUpperCase().padStart(4, '0')
}

/** CRC-16, polynomial 1021, from FFFF (ISO/IEC 13239, as EMV has it). */
function crc16(bytes) {
  let crc = 0xffff
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const out = (crc >> 15) ^ ((byte >> bit) & 1)
      crc = ((crc << 1) & 0xffff) ^ (out ? 0x1021 : 0)
    }
  }
  return crc
}

/** What a receipt says, once its signature is found to be by one of the issuer's published keys. */
export function openReceipt(text, keys) {
  assert.match(text, /^PR1:[0-9A-Z $%*+./:-]+$/)
  const cose = base45(text.slice(4))
  const r = new Items(cose)
  assert.equal(r.head(4), 4) // COSE_Sign1: header, unprotected, payload, signature
  const header = r.string(2)
  assert.equal(r.head(5), 0)
  const payload = r.string(2)
  const signature = r.string(2)
  assert.equal(r.at, cose.length)
  assert.equal(header.subarray(0, 5).toString('hex'), 'a201260444')
  const jwk = keys.find(({ kid }) => Number(kid) === header.readUInt32BE(5))
  assert.ok(jwk, 'the key is published')
  const bstr = (bytes) => Buffer.concat([bytes.length < 24 ? uintBE(0x40 + bytes.length, 1) : uintBE(0x5800 + bytes.length, 2), bytes])
  const signed = Buffer.concat([Buffer.from('846a5369676e617475726531', 'hex'), bstr(header), bstr(Buffer.from('paycode/receipt/v1')), bstr(payload)])
  const key = createPublicKey({ key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }, format: 'jwk' })
  assert.ok(verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature), 'the issuer signed it')
  return claimsOf(payload)
}

function claimsOf(payload) {
  const r = new Items(payload)
  assert.equal(r.head(5), 3)
  assert.equal(r.head(0), 6)
  const issued_s = r.head(0)
  assert.equal(r.head(0), 7)
  const id = r.string(2).toString('hex')
  assert.equal(r.head(1), 65537) // -65538
  assert.equal(r.head(4), 5)
  const [merchant, till, order] = [r.string(2).toString('hex'), r.string(3).toString(), r.string(3).toString()]
  return { issued_s, id, merchant, till, order, amount: r.head(0), currency: r.string(3).toString() }
}

export const merchantOf = (typeID) => idBytes(typeID).toString('hex')

function base45(text) {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'
  const bytes = []
  for (let at = 0; at < text.length; at += 3) {
    const n = [...text.slice(at, at + 3)].reduceRight((sum, c) => sum * 45 + digits.indexOf(c), 0)
    bytes.push(...(text.length - at > 2 ? [n >> 8, n & 255] : [n]))
  }
  return Buffer.from(bytes)
}

/** Items of CBOR, one after the other. */
class Items {
  constructor(bytes) {
    Object.assign(this, { bytes, at: 0 })
  }

  head(major) {
    const first = this.bytes[this.at++]
    assert.equal(first >> 5, major)
    const short = first & 31
    if (short < 24) return short
    const width = 2 ** (short - 24)
    const value = this.bytes.subarray(this.at, this.at + width).reduce((sum, byte) => sum * 256 + byte, 0)
    this.at += width
    return value
  }

  string(major) {
    const length = this.head(major)
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }
}
