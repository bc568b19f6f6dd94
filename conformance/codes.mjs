// Payment codes, made from the words of the specification alone (HMAC-SHA256, Crockford base32, BER-TLV).
import { createHash, createHmac } from 'node:crypto'

export const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

export const TYPE_OFFLINE = 0x01
export const TYPE_CHALLENGE = 0x02

export const hmac = (key, ...parts) => {
  const h = createHmac('sha256', key)
  for (const p of parts) h.update(p)
  return h.digest()
}

/** The number of the window that holds a time given in seconds since 1970. */
export const windowAt = (unixSeconds, periodSeconds = 60) => Math.floor(unixSeconds / periodSeconds)

/** An unsigned integer as `bytes` big-endian bytes. */
export function uintBE(value, bytes) {
  const out = Buffer.alloc(bytes)
  let v = BigInt(value)
  for (let i = bytes - 1; i >= 0; i--, v >>= 8n) out[i] = Number(v & 0xffn)
  if (v !== 0n) throw new RangeError(`${value} does not fit ${bytes} bytes`)
  return out
}

/** The seed of one device and generation: HKDF-Expand, one block. */
export const seedOf = (masterKey, deviceID16, generation) =>
  hmac(masterKey, 'paycode/seed/v1', Buffer.of(0), deviceID16, uintBE(generation, 4), Buffer.of(1))

export const sessionOf = (seed, counter) => hmac(seed, String(counter))

export const aliasField = (alias) => String(alias).padStart(12, '0')

/** A slot's mac, its 16-byte token and its one-time digits. */
export function macOf(seed, { counter, alias, nonce }, otpDigits = 6) {
  const mac = hmac(sessionOf(seed, counter), aliasField(alias), String(nonce))
  const otp = mac.readBigUInt64BE(16) % 10n ** BigInt(otpDigits)
  return { mac, token: mac.subarray(0, 16), otp: otp.toString().padStart(otpDigits, '0') }
}

/** What a reader sends: challenge[8], amount, currency[3], merchant id[16]: 35 bytes. */
export const challengeBytes = ({ challenge, amount, currency, merchantID16 }) =>
  Buffer.concat([challenge, uintBE(amount, 8), Buffer.from(currency, 'ascii'), merchantID16])

export function challengeMacOf(seed, { counter, alias, nonce }, reader) {
  const digest = createHash('sha256').update(challengeBytes(reader)).digest()
  return hmac(sessionOf(seed, counter), aliasField(alias), String(nonce), digest)
}

export const defaultProfile = { prefix: '70', online_prefix: '71', alias_digits: 9, otp_digits: 6, period_s: 60, skew: 1 }

export function digitsOf(seed, slot, profile = defaultProfile) {
  const { otp } = macOf(seed, slot, profile.otp_digits)
  return `${profile.prefix}${String(slot.alias).padStart(profile.alias_digits, '0')}${slot.nonce}${otp}`
}

const body27 = (type, { alias, counter, nonce }, token) =>
  Buffer.concat([Buffer.of(type), uintBE(alias, 5), uintBE(counter, 4), Buffer.of(nonce), token])

const asText = (bytes) => 'PC1' + base32(bytes)

/** A text whose 27 bytes say anything: type and nonce need not exist. */
export const rawTextOf = (type, slot, token) => asText(body27(type, slot, token))

export const textOf = (seed, slot) => asText(body27(TYPE_OFFLINE, slot, macOf(seed, slot).token))

export const challengeTextOf = (seed, slot, reader) =>
  asText(body27(TYPE_CHALLENGE, slot, challengeMacOf(seed, slot, reader).subarray(0, 16)))

export function emvOf(seed, slot) {
  const data = body27(TYPE_OFFLINE, slot, macOf(seed, slot).token)
  const application = tlv('61', [
    tlv('4f', Buffer.from('f0504159434f4445', 'hex')),
    tlv('50', Buffer.from('PAYCODE')),
    tlv('63', tlv('9f10', data)),
  ])
  return Buffer.concat([tlv('85', Buffer.from('CPV01')), application]).toString('base64')
}

function tlv(tagHex, value) {
  const content = Array.isArray(value) ? Buffer.concat(value) : value
  if (content.length > 127) throw new RangeError('long form lengths do not occur here')
  return Buffer.concat([Buffer.from(tagHex, 'hex'), Buffer.of(content.length), content])
}

/** Crockford base32, most significant bit first, the last character filled with zero bits. */
export function base32(bytes) {
  let bits = ''
  for (const b of bytes) bits += b.toString(2).padStart(8, '0')
  bits = bits.padEnd(Math.ceil(bits.length / 5) * 5, '0')
  return bits.match(/.{5}/g).map((b) => CROCKFORD[parseInt(b, 2)]).join('')
}

/** The 16 bytes behind a TypeID such as dev_01jf…: 26 base32 characters, the first two bits are zero. */
export function idBytes(typeID) {
  const suffix = typeID.slice(typeID.lastIndexOf('_') + 1).toUpperCase()
  if (suffix.length !== 26) throw new Error(`not a TypeID: ${typeID}`)
  let v = 0n
  for (const c of suffix) {
    const d = CROCKFORD.indexOf(c)
    if (d < 0) throw new Error(`not a TypeID: ${typeID}`)
    v = v * 32n + BigInt(d)
  }
  return uintBE(v, 16)
}
