// The parties, as a stranger builds them: an operator, payers with devices, merchants with keys.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { sleep } from './check.mjs'
import { challengeTextOf, digitsOf, emvOf, idBytes, textOf, uintBE, windowAt } from './codes.mjs'
import { newKey, proof } from './dpop.mjs'
import { open } from './hpke.mjs'
import { bearer, brief } from './http.mjs'

export const CURRENCY = 'CNY'
export const generous = { per_payment: 1_000_000, per_day: 100_000_000, count_per_day: 10_000, confirm_above: 1_000_000 }

export const fresh = (what) => `${what}-${randomBytes(8).toString('hex')}`

export function expectStatus(answer, ...statuses) {
  assert.ok(statuses.includes(answer.status), `wanted ${statuses.join(' or ')}: ${brief(answer)}`)
  return answer.body
}

export class World {
  constructor(server, operatorKey) {
    this.server = server
    this.operatorKey = operatorKey
  }

  asOperator(method, path, json) {
    return this.server.call(method, path, { json, headers: bearer(this.operatorKey) })
  }

  /** A payer with money and with limits that stand in nobody's way. */
  async payer({ money = 1_000_000, limits = generous, currency = CURRENCY } = {}) {
    const external_id = fresh('payer')
    const made = expectStatus(await this.asOperator('POST', '/v1/payers', { external_id, currency, name: 'Ada Stranger' }), 200, 201)
    const payer = new Payer(this, made.id, external_id)
    await payer.setLimits(limits)
    if (money > 0) await payer.topUp(money)
    return payer
  }

  async merchant(name = 'Corner shop') {
    const made = expectStatus(await this.asOperator('POST', '/v1/merchants', { name, currency: CURRENCY }), 200, 201)
    const keys = expectStatus(await this.asOperator('POST', `/v1/merchants/${made.id}/keys`, {}), 200, 201)
    return new Merchant(this, made.id, keys.key)
  }

  merchants(n) {
    return Promise.all(Array.from({ length: n }, () => this.merchant()))
  }

  async assertBalanced() {
    const audit = expectStatus(await this.asOperator('GET', '/v1/ledger/audit'), 200)
    assert.equal(audit.balanced, true, `the audit says ${JSON.stringify(audit)}`)
    assert.deepEqual(audit.differences, [])
    assert.ok(Number.isInteger(audit.postings), 'postings is a number')
  }
}

export class Payer {
  constructor(world, id, externalID) {
    Object.assign(this, { world, id, externalID })
  }

  async read() {
    return expectStatus(await this.world.asOperator('GET', `/v1/payers/${this.id}`), 200)
  }

  async balance() {
    const { balance } = await this.read()
    assert.ok(Number.isSafeInteger(balance?.amount), `a balance is an amount in minor units, not ${JSON.stringify(balance)}`)
    return balance.amount
  }

  topUp(amount, reference = fresh('topup')) {
    return this.world.asOperator('POST', `/v1/payers/${this.id}/topups`, { reference, amount })
  }

  async setLimits(limits) {
    expectStatus(await this.world.asOperator('PUT', `/v1/payers/${this.id}/limits`, limits), 200, 204)
  }

  async ticket() {
    const { ticket, enrol_url } = expectStatus(await this.world.asOperator('POST', `/v1/payers/${this.id}/tickets`, {}), 200, 201)
    assert.equal(typeof ticket, 'string')
    assert.equal(typeof enrol_url, 'string')
    return ticket
  }

  /** Enrols a device and opens its seed. */
  async device(kind = 'phone') {
    const device = new Device(this.world, this)
    const answer = await device.enrol({ ticket: await this.ticket(), kind, name: `my ${kind}` })
    device.adopt(expectStatus(answer, 200, 201))
    return device
  }

  devices(n) {
    return Promise.all(Array.from({ length: n }, () => this.device()))
  }
}

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

  digits(slot, keys = this.keys) {
    return digitsOf(keys.seed, slot, this.profile)
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

export class Merchant {
  constructor(world, id, key) {
    Object.assign(this, { world, id, key })
    assert.equal(typeof key, 'string', 'a merchant key is a string in the member key')
    this.id16 = idBytes(id)
  }

  call(method, path, json) {
    return this.world.server.call(method, path, { json, headers: bearer(this.key) })
  }

  charge(code, { order_no = fresh('order'), amount = 100, currency = CURRENCY, ...others } = {}) {
    return this.call('POST', '/v1/payments', { order_no, code, amount, currency, ...others })
  }

  async payment(id) {
    return expectStatus(await this.call('GET', `/v1/payments/${id}`), 200)
  }

  /** What became of an order: the one payment, however the answer wraps it; undefined when there is none. */
  async order(orderNo) {
    const answer = await this.call('GET', `/v1/payments?order_no=${encodeURIComponent(orderNo)}`)
    if (answer.status === 404) return undefined
    const body = expectStatus(answer, 200)
    if (body.id) return body
    const list = body.payments ?? body.data ?? body.items ?? body
    assert.ok(Array.isArray(list), `neither a payment nor a list: ${brief(answer)}`)
    assert.ok(list.length <= 1, `one order, several payments: ${brief(answer)}`)
    return list[0]
  }

  cancel(paymentID) {
    return this.call('POST', `/v1/payments/${paymentID}/cancel`, {})
  }

  cancelOrder(orderNo) {
    return this.call('POST', `/v1/orders/${encodeURIComponent(orderNo)}/cancel`, {})
  }

  refund(paymentID, amount, refund_no = fresh('refund')) {
    return this.call('POST', `/v1/payments/${paymentID}/refunds`, { refund_no, amount, reason: 'returned' })
  }
}

/** Asserts that money moved, and answers the payment. */
export function succeeded(answer, ...statuses) {
  const payment = expectStatus(answer, ...(statuses.length ? statuses : [201]))
  assert.equal(payment.status, 'succeeded', brief(answer))
  return payment
}

/** Asserts a decline for one of these reasons, and answers the payment. */
export function declined(answer, ...reasons) {
  const payment = expectStatus(answer, 200, 201)
  assert.equal(payment.status, 'declined', brief(answer))
  assert.ok(reasons.includes(payment.decline_code), `wanted ${reasons.join(' or ')}: ${brief(answer)}`)
  return payment
}

/** Asserts a refusal by status, with a problem's code where one is promised. */
export function refused(answer, statuses, code) {
  expectStatus(answer, ...statuses)
  if (code) assert.equal(answer.body?.code, code, brief(answer))
  return answer.body
}

export function countBy(list, name) {
  const counts = {}
  for (const item of list) counts[name(item)] = (counts[name(item)] ?? 0) + 1
  return counts
}

export function outcomeOf({ status, body }) {
  if (status >= 400) return `http ${status} ${body?.code}`
  return body?.decline_code || body?.status || `http ${status}`
}
