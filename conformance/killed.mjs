// Charges, payments of shops' codes, refunds and cancels without pause until the server is killed, then holds it to every answer it gave.
// Prints "now" when the load is on; whoever started the program kills the server then, and starts it again.
import assert from 'node:assert/strict'
import { declined, expectStatus, refused, succeeded } from './answers.mjs'
import { finish, group, until } from './check.mjs'
import { brief } from './http.mjs'
import { shopCode } from './shop.mjs'
import { fresh, generous, worldFromEnvironment } from './world.mjs'

const [PAYERS, MONEY, AMOUNT, PART] = [24, 1_000_000, 100, 30]
const LOADED = 120
const SLOTS = 20
const HISTORY = '/v1/device/payments'

const world = worldFromEnvironment()
const answered = { count: 0 }

/** One payer at one till: charges slot after slot, and notes what was said, until nobody answers. */
async function customer(merchant) {
  const payer = await world.payer({ money: MONEY, limits: generous })
  const device = await payer.device()
  return { merchant, payer, device, orders: [] }
}

async function shop({ merchant, device, orders }) {
  for (let i = 0; i < SLOTS; i++) {
    const order = { order_no: fresh('order') }
    if (i % 3 === 2) {
      const merchant_qr = shopCode({ merchant: merchant.id, amount: '1.00', order: order.order_no })
      order.pay = () => device.call('POST', '/v1/device/pay', { merchant_qr, reference: order.order_no })
    } else {
      order.code = await device.code(i % 2 ? 'digits' : 'text')
      order.pay = () => merchant.charge(order.code, { order_no: order.order_no, amount: AMOUNT })
    }
    orders.push(order)
    order.charged = await said(order.pay)
    if (!order.charged) return
    if (i % 4 === 1) order.refunded = await said(() => merchant.refund(order.charged.body.id, PART, 'r'))
    if (i % 4 === 2) order.canceled = await said(() => merchant.cancel(order.charged.body.id))
  }
}

/** An answer, or nothing when the connection broke. */
async function said(call) {
  try {
    const answer = await call()
    assert.ok(answer.status < 300, brief(answer))
    if (++answered.count === LOADED) console.log('now')
    return answer
  } catch (err) {
    if (err.code === 'ERR_ASSERTION') throw err
    return undefined
  }
}

const run = group('killed', async (check) => {
  const merchants = await world.merchants(4)
  const customers = await Promise.all(Array.from({ length: PAYERS }, (_, i) => customer(merchants[i % 4])))
  const [{ device }] = customers
  const usedProof = { Authorization: `DPoP ${device.accessToken}`, DPoP: device.proof('GET', HISTORY) }
  expectStatus(await world.server.call('GET', HISTORY, { headers: usedProof }), 200)
  await Promise.all(customers.map(shop))
  await until('the server to come back', 60_000, () => world.server.call('GET', '/readyz').then((a) => a.status === 200, () => false))
  const orders = customers.flatMap((c) => c.orders.map((o) => ({ ...o, merchant: c.merchant })))

  await check('the load was cut', () => {
    const lost = orders.filter((o) => !o.charged).length
    assert.ok(answered.count >= LOADED && lost > 0, `${answered.count} answered, ${lost} charges lost`)
  })

  await check('every payment that was told of is there, with its refund and its cancel', async () => {
    for (const o of orders.filter((o) => o.charged)) {
      const now = await o.merchant.payment(o.charged.body.id)
      const told = `${brief(o.charged)}, now ${JSON.stringify(now)}`
      if (o.canceled) assert.equal(now.status, 'canceled', told)
      else if (o.refunded) assert.deepEqual([now.status, now.refunded], ['partially_refunded', PART], told)
      else assert.ok(['succeeded', 'partially_refunded', 'canceled'].includes(now.status), told)
    }
  })

  await check('what was paid before stays spent', async () => {
    for (const o of orders.filter((o) => o.charged && o.code).slice(-20)) declined(await o.merchant.charge(o.code), 'code_used', 'code_expired', 'code_invalid')
  })

  await check('a charge whose answer was lost is asked again and pays once', async () => {
    for (const o of orders.filter((o) => !o.charged)) {
      const first = succeeded(await o.pay(), 200, 201)
      assert.equal(succeeded(await o.pay(), 200).id, first.id)
    }
  })

  await check('a proof used before is refused after', async () => {
    refused(await world.server.call('GET', HISTORY, { headers: usedProof }), [401])
  })

  await check('balances are what the orders say, and the books balance', async () => {
    for (const { merchant, payer, orders } of customers) {
      const ends = await Promise.all(orders.map((o) => merchant.order(o.order_no)))
      const kept = ends.reduce((sum, p) => sum + (p.status === 'canceled' ? 0 : p.amount - p.refunded), 0)
      assert.equal(await payer.balance(), MONEY - kept)
    }
    await world.assertBalanced()
  })
})

await run()
finish()
