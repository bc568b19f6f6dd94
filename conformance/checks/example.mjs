// The published numbers, reproduced by this program's own code.
import assert from 'node:assert/strict'
import { group } from '../check.mjs'
import * as codes from '../codes.mjs'
import * as hpke from '../hpke.mjs'

const hex = (s) => Buffer.from(s, 'hex')

const masterKey = hex('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f')
const device = 'dev_01jfja0yrcfgzrmq9f3r69q2kp'
const seed = codes.seedOf(masterKey, codes.idBytes(device), 1)
const slot = { counter: codes.windowAt(1795284017), alias: 123456789, nonce: 3 }
const reader = { challenge: hex('0011223344556677'), amount: 1250, currency: 'CNY', merchantID16: Buffer.alloc(16) }
const { mac, token, otp } = codes.macOf(seed, slot)

const published = [
  ['device id', codes.idBytes(device).toString('hex'), '0193e4a07b0c7c3f8a5d2f1e0c9b8a76'],
  ['seed', seed.toString('hex'), '68dc8fa10bb25015685c44b210587aee185dbb62d89a5d62ec1e67c747164b0b'],
  ['counter', slot.counter, 29921400],
  ['session', codes.sessionOf(seed, slot.counter).toString('hex'), 'a9f9a73e41cf2c77ac1a068c4acc02fd33568ce1dde61022368abca98f75cf6d'],
  ['mac', mac.toString('hex'), 'a1101d0de739d2419a4fd06a2633ba7e3ffadad5300f5ce8accf7b53c6418764'],
  ['token', token.toString('hex'), 'a1101d0de739d2419a4fd06a2633ba7e'],
  ['otp', otp, '326376'],
  ['digits', codes.digitsOf(seed, slot), '701234567893326376'],
  ['text', codes.textOf(seed, slot), 'PC10400EPYD2M0WH43R0EGH078DWWWX4GCT9Z86M9HKQ9Z0'],
  ['EMV', codes.emvOf(seed, slot), 'hQVDUFYwMWEzTwjwUEFZQ09ERVAHUEFZQ09ERWMenxAbAQAHW80VAciQeAOhEB0N5znSQZpP0GomM7p+'],
  ['challenge mac', codes.challengeMacOf(seed, slot, reader).toString('hex'), '5343142c7128ad71598dc3141054ed11432496acf50a3e0bbdaf2b0055c0147d'],
]

/** RFC 9180, appendix A.3.1, the first message. */
const rfc9180 = {
  enc: hex('04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4'),
  privateKey: hex('f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2'),
  info: hex('4f6465206f6e2061204772656369616e2055726e'),
  aad: hex('436f756e742d30'),
  ciphertext: hex('5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434'),
}

export default group('worked example', async (check) => {
  for (const [name, got, want] of published) {
    await check(name, () => assert.equal(got, want))
  }
  await check('RFC 9180 A.3.1 opens', () => assert.equal(hpke.open(rfc9180).toString(), 'Beauty is truth, truth beauty'))
  await check('RFC 9180 A.3.1 with another aad does not', () => {
    assert.throws(() => hpke.open({ ...rfc9180, aad: hex('436f756e742d31') }))
  })
})
