// From nothing to a paid order: payer, money, ticket, three devices, every window in every form, once each.
import assert from 'node:assert/strict'
import { declined, expectStatus, succeeded } from '../answers.mjs'
import { group } from '../check.mjs'
import { roomInWindow } from '../device.mjs'
import { brief } from '../http.mjs'
import { fresh, generous } from '../world.mjs'

const OFFSETS = { last: -1, this: 0, next: 1 }
const FORMS = ['digits', 'text', 'emv']
const KINDS = ['phone', 'watch', 'card']

export default group('paying', async (check, world) => {
  const merchant = await world.merchant()
  const payer = await world.payer({ money: 0 })

  await check('the same external_id answers the same payer', async () => {
    const again = await world.asOperator('POST', '/v1/payers', { external_id: payer.externalID, currency: 'CNY' })
    assert.equal(expectStatus(again, 200, 201).id, payer.id)
    assert.match(payer.id, /^payer_[0-7][0-9a-hjkmnp-tv-z]{25}$/)
  })

  await check('a top-up counts once per reference', async () => {
    expectStatus(await payer.topUp(500_000, 'salary'), 200, 201)
    expectStatus(await payer.topUp(500_000, 'salary'), 200, 201)
    assert.equal(await payer.balance(), 500_000)
    const other = await payer.topUp(600_000, 'salary')
    expectStatus(other, 409)
    assert.equal(await payer.balance(), 500_000)
  })

  await check('16 top-ups racing with one reference add once', async () => {
    const answers = await Promise.all(Array.from({ length: 16 }, () => payer.topUp(500_000, 'bonus')))
    for (const a of answers) expectStatus(a, 200, 201)
    assert.equal(await payer.balance(), 1_000_000)
  })

  await check('references are per payer', async () => {
    const other = await world.payer({ money: 0 })
    expectStatus(await other.topUp(7, 'salary'), 200, 201)
    assert.equal(await other.balance(), 7)
  })

  const devices = {}
  for (const kind of KINDS) {
    await check(`a ${kind} enrols and opens its sealed seed`, async () => {
      devices[kind] = await payer.device(kind)
      const { enrolled } = devices[kind]
      assert.equal(enrolled.generation, 1)
      assert.match(enrolled.device_id, /^dev_[0-7][0-9a-hjkmnp-tv-z]{25}$/)
      assert.ok(Math.abs(devices[kind].clockOffset_s) < 5, `server_time ${enrolled.server_time}`)
      assert.ok(Date.parse(enrolled.sync_by) > Date.now(), `sync_by ${enrolled.sync_by}`)
      const { prefix, online_prefix, alias_digits, otp_digits, period_s, skew, seed_ttl } = enrolled.profile
      const total = String(prefix).length + alias_digits + 1 + otp_digits
      assert.ok(total >= 16 && total <= 24, `${total} digits`)
      assert.deepEqual([String(prefix), String(online_prefix), period_s, skew], ['70', '71', 60, 1])
      assert.ok(seed_ttl, 'seed_ttl is given')
      assert.equal(enrolled.limits.per_payment, generous.per_payment)
    })
  }

  await check('seeds, aliases and tokens of the three are different', () => {
    for (const part of ['seed', 'alias', 'accessToken']) {
      assert.equal(new Set(KINDS.map((k) => JSON.stringify(devices[k][part]))).size, 3, part)
    }
  })

  await check('the operator sees the three devices, and no secret of theirs', async () => {
    const read = await payer.read()
    assert.equal(read.devices.length, 3)
    const text = JSON.stringify(read)
    for (const k of KINDS) {
      assert.ok(text.includes(devices[k].id))
      assert.ok(!text.includes(devices[k].accessToken), 'an access token is shown')
    }
  })

  for (const kind of KINDS) {
    for (const [name, offset] of Object.entries(OFFSETS)) {
      for (const [nonce, form] of FORMS.entries()) {
        await check(`${kind}, ${name} window, ${form}: pays once`, () => paysOnce(merchant, devices[kind], form, nonce, offset))
      }
    }
  }

  await check('each payment took its amount', async () => assert.equal(await payer.balance(), 1_000_000 - 27 * 100))

  const phone = await payer.device('phone')

  await check('one slot as digits, text and EMV is spent once', async () => {
    await roomInWindow(phone, 10)
    for (const [first, nonce] of [['digits', 0], ['text', 1], ['emv', 2]]) {
      const slot = phone.slot(nonce)
      succeeded(await merchant.charge(phone[first](slot)))
      for (const form of FORMS) declined(await merchant.charge(phone[form](slot)), 'code_used')
    }
  })

  await check("one slot number is each device's own", async () => {
    const watch = await payer.device('watch')
    await roomInWindow(phone, 10)
    succeeded(await merchant.charge(phone.text(phone.slot(3))))
    succeeded(await merchant.charge(watch.text(watch.slot(3))))
    succeeded(await merchant.charge(watch.digits(watch.slot(4))))
    succeeded(await merchant.charge(phone.digits(phone.slot(4))))
  })

  await check("the profile's other nonces pay within the same minute", async () => {
    const card = await payer.device('card')
    await roomInWindow(card, 10)
    const counter = card.window()
    for (let nonce = 0; nonce < 10; nonce++) {
      const slot = { counter, alias: card.alias, nonce }
      succeeded(await merchant.charge(nonce % 2 ? card.digits(slot) : card.text(slot)))
    }
    for (let nonce = 0; nonce < 10; nonce++) {
      declined(await merchant.charge(card.text({ counter, alias: card.alias, nonce })), 'code_used')
    }
  })

  await check('Crockford reading rules: lower case, O for 0, I and L for 1', async () => {
    const device = await payer.device()
    await roomInWindow(device, 10)
    const spellings = [
      (t) => t.slice(0, 3) + t.slice(3).toLowerCase(),
      (t) => t.slice(0, 3) + t.slice(3).replaceAll('0', 'O').replaceAll('1', 'I'),
      (t) => t.slice(0, 3) + t.slice(3).replaceAll('0', 'o').replaceAll('1', 'l'),
    ]
    for (const [nonce, spell] of spellings.entries()) {
      const text = device.text(device.slot(nonce))
      succeeded(await merchant.charge(spell(text)))
      declined(await merchant.charge(text), 'code_used')
    }
  })

  await check('a payment names what the contract names, and masks the payer', async () => {
    const order_no = fresh('order')
    const p = succeeded(await merchant.charge(await phone.code(), { order_no, amount: 1250, subject: 'tea', terminal_id: 'till-1' }))
    const { id, status, amount, currency, refunded, method } = p
    assert.match(id, /^pay_[0-7][0-9a-hjkmnp-tv-z]{25}$/)
    assert.deepEqual({ status, amount, currency, refunded, method },
      { status: 'succeeded', amount: 1250, currency: 'CNY', refunded: 0, method: 'offline_text' })
    assert.equal(p.order_no, order_no)
    assert.equal(p.merchant_id, merchant.id)
    for (const t of [p.created_at, p.settled_at]) assert.match(t, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
    assert.ok(p.payer?.masked, JSON.stringify(p.payer))
    assert.ok(!JSON.stringify(p).includes('Ada Stranger'), 'the full name is shown to a merchant')
    const digits = succeeded(await merchant.charge(await phone.code('digits')))
    assert.equal(digits.method, 'offline_digits')
    assert.deepEqual(await merchant.payment(id), await merchant.order(order_no))
    const { body } = await phone.call('GET', '/v1/device/payments')
    assert.ok(JSON.stringify(body).includes(id), `the payer's history lacks it: ${JSON.stringify(body).slice(0, 300)}`)
  })

  await check('a challenge-bound code pays its amount at its merchant only', async () => {
    const other = await world.merchant()
    await boundToChallenge(merchant, other, await payer.device('phone'))
  })

  await check('the books balance', () => world.assertBalanced())
})

async function paysOnce(merchant, device, form, nonce, offset) {
  await roomInWindow(device, 5)
  // The nonce tells the forms apart: each form spends a slot of its own.
  const code = device[form](device.slot(nonce, offset))
  const order_no = fresh('order')
  const first = await merchant.charge(code, { order_no })
  const payment = succeeded(first)
  assert.equal(payment.order_no, order_no, brief(first))
  declined(await merchant.charge(code), 'code_used')
}

async function boundToChallenge(merchant, other, device) {
  await roomInWindow(device, 10)
  const challenge = Buffer.from('8899aabbccddeeff', 'hex')
  const encoded = await challengeEncoding(device.world, challenge)
  const reader = { challenge, amount: 700, currency: 'CNY', merchantID16: merchant.id16 }
  const code = device.challengeText(device.slot(0), reader)
  declined(await merchant.charge(code, { amount: 700 }), 'code_invalid', 'code_malformed')
  declined(await merchant.charge(code, { amount: 701, challenge: encoded }), 'code_invalid')
  declined(await other.charge(code, { amount: 700, challenge: encoded }), 'code_invalid')
  declined(await merchant.charge(device.text(device.slot(1)), { amount: 700, challenge: encoded }), 'code_invalid', 'code_malformed')
  const p = succeeded(await merchant.charge(code, { amount: 700, challenge: encoded }))
  assert.equal(p.method, 'nfc')
  declined(await merchant.charge(device.text(device.slot(0)), { amount: 700 }), 'code_used')
}

/** The documents name the member but not its spelling; the published schema has to. */
async function challengeEncoding(world, challenge) {
  const { body } = await world.server.call('GET', '/openapi.json')
  const spelling = JSON.stringify(findMember(body, 'challenge') ?? '').toLowerCase()
  if (/hex/.test(spelling)) return challenge.toString('hex')
  if (/base64url/.test(spelling)) return challenge.toString('base64url')
  if (/base64/.test(spelling)) return challenge.toString('base64')
  throw new Error(`/openapi.json does not say how a challenge is spelled: ${spelling}`)
}

function findMember(node, name) {
  if (node === null || typeof node !== 'object') return undefined
  if (node.properties?.[name]) return node.properties[name]
  for (const child of Object.values(node)) {
    const found = findMember(child, name)
    if (found) return found
  }
  return undefined
}
