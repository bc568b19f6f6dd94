// A payer's device: its keys, its seed, the codes it shows and the calls it proves.
import assert from 'node:assert/strict'
import { expectStatus } from './answers.mjs'
import { sleep } from './check.mjs'
import { challengeTextOf, digitsOf, emvOf, idBytes, textOf, uintBE, windowAt } from './codes.mjs'
import { newKey, proof } from './dpop.mjs'
import { open } from './hpke.mjs'

export class Device {
  constructor(world, payer) {
    Object.assign(this, { world, payer, key: newKey(), sealKey: newKey(), shown: new Set(), clockOffset_s: 0 })
  }

  enrol({ ticket, kind = 'phone', name = 'phone', ...others }) {
    const json = { ticket, kind, name, public_key: this.key.jwk, seal_key: this.sealKey.jwk, ...others }
    return this.world.server.call('POST', '/v1/devices', { json })
  }

  adopt(enrolled) {
    this.id = enrolled.device_id
    this.accessToken = enrolled.access_token
    this.profile = { ...enrolled.profile, prefix: String(enrolled.profile.prefix), online_prefix: String(enrolled.profile.online_prefix) }
    this.clockOffset_s = (Date.parse(enrolled.server_time) - Date.now()) / 1000
    this.enrolled = enrolled
    this.adoptAlias(enrolled.alias)
    this.adoptSeed(enrolled.generation, enrolled.seed_sealed)
  }

  adoptAlias(alias) {
    this.alias = Number(alias)
    assert.ok(Number.isSafeInteger(this.alias), `an alias is a decimal number, not ${JSON.stringify(alias)}`)
  }

  adoptSeed(generation, sealed) {
    this.seed = open({
      enc: Buffer.from(sealed.enc, 'base64'),
      ciphertext: Buffer.from(sealed.ciphertext, 'base64'),
      privateKey: Buffer.from(this.sealKey.full.d, 'base64url'),
      info: Buffer.from('paycode/seed/v1'),
      aad: Buffer.concat([idBytes(this.id), uintBE(generation, 4)]),
    })
    assert.equal(this.seed.length, 32)
    this.generation = generation
  }

  now_s() {
    return Date.now() / 1000 + this.clockOffset_s
  }

  window(offset = 0) {
    return windowAt(this.now_s(), this.profile.period_s) + offset
  }

  /** The credentials a code is made from, to be kept before a sync replaces them. */
  get keys() {
    return { seed: this.seed, alias: this.alias }
  }

  /** A slot of this, the last or the next window; from then on code does not draw it. */
  slot(nonce, offset = 0, keys = this.keys) {
    const slot = { counter: this.window(offset), alias: keys.alias, nonce }
    this.shown.add(nameOf(slot))
    return slot
  }

  digits(slot, keys = this.keys, profile = this.profile) {
    return digitsOf(keys.seed, slot, profile)
  }

  text(slot, keys = this.keys) {
    return textOf(keys.seed, slot)
  }

  emv(slot) {
    return emvOf(this.seed, slot)
  }

  challengeText(slot, reader) {
    return challengeTextOf(this.seed, slot, reader)
  }

  /** A code of a slot that this device has not shown, waiting for the next window when all are shown. */
  async code(form = 'text') {
    for (;;) {
      await roomInWindow(this, 3)
      for (const offset of [0, 1]) {
        for (let nonce = 0; nonce < 10; nonce++) {
          if (this.shown.has(nameOf({ counter: this.window(offset), nonce }))) continue
          return this[form](this.slot(nonce, offset))
        }
      }
      await sleep(500)
    }
  }

  proof(method, path, changes = {}) {
    return proof({ key: this.key, method, url: this.world.server.base + path, accessToken: this.accessToken, ...changes })
  }

  credentials(method, path) {
    return { Authorization: `DPoP ${this.accessToken}`, DPoP: this.proof(method, path) }
  }

  call(method, path, json) {
    return this.world.server.call(method, path, { json, headers: this.credentials(method, path) })
  }

  /** Syncs and takes over what came: always an alias, and a seed when a rotation is pending. */
  async sync(body = {}) {
    const got = expectStatus(await this.call('POST', '/v1/device/sync', body), 200)
    this.adoptAlias(got.alias)
    if (got.seed_sealed) this.adoptSeed(got.generation, got.seed_sealed)
    return got
  }

  async operator(action) {
    return expectStatus(await this.world.asOperator('POST', `/v1/devices/${this.id}/${action}`, {}), 200, 202, 204)
  }
}

const nameOf = ({ counter, nonce }) => `${counter}:${nonce}`

/** Waits for the next window when less than `seconds` of this one are left. */
export async function roomInWindow(device, seconds) {
  const period = device.profile.period_s
  const left = period - (device.now_s() % period)
  if (left < seconds) await sleep((left + 0.05) * 1000)
}
