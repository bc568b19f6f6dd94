// The parties, as a stranger builds them: an operator, payers with devices, merchants with keys.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { expectStatus } from './answers.mjs'
import { idBytes } from './codes.mjs'
import { Device } from './device.mjs'
import { bearer, brief, Server } from './http.mjs'

export const CURRENCY = 'CNY'
export const generous = { per_payment: 1_000_000, per_day: 100_000_000, count_per_day: 10_000, confirm_above: 1_000_000 }

const TICKET_MS = 600_000

export const fresh = (what) => `${what}-${randomBytes(8).toString('hex')}`

/** The server and the operator that whoever started the program names. */
export function worldFromEnvironment() {
  const { PAYCODE_URL, PAYCODE_OPERATOR_KEY } = process.env
  if (PAYCODE_URL && PAYCODE_OPERATOR_KEY) return new World(new Server(PAYCODE_URL), PAYCODE_OPERATOR_KEY)
  console.error('set PAYCODE_URL and PAYCODE_OPERATOR_KEY')
  return process.exit(2)
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
    const { ticket, enrol_url, expires_at } = expectStatus(await this.world.asOperator('POST', `/v1/payers/${this.id}/tickets`, {}), 200, 201)
    assert.equal(typeof ticket, 'string')
    assert.equal(typeof enrol_url, 'string')
    assert.ok(Math.abs(Date.parse(expires_at) - Date.now() - TICKET_MS) < 10_000, `a ticket lives 10 minutes: ${expires_at}`)
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
