// Above confirm_above the payer decides, if the payer can be reached; and what the wallet hears.
import assert from 'node:assert/strict'
import { countBy, declined, expectStatus, succeeded } from '../answers.mjs'
import { group, sleep, until } from '../check.mjs'
import { brief } from '../http.mjs'
import { EventStream } from '../sse.mjs'
import { fresh, generous } from '../world.mjs'

const limits = { ...generous, confirm_above: 1000 }
const TIMEOUT_MS = 75_000

export default group('confirmation', async (check, world) => {
  const merchant = await world.merchant()
  const payer = await world.payer({ limits })
  const device = await payer.device()

  await check('needs_network when no device listens; the limit itself needs nothing', async () => {
    declined(await merchant.charge(await device.code(), { amount: 1001 }), 'needs_network')
    succeeded(await merchant.charge(await device.code(), { amount: 1000 }))
  })

  const events = await EventStream.open(device)
  // The time-out is waited for beside the other checks, with a payer of its own.
  const timedOut = timeOut(world, merchant)

  const pending = async (options = {}) => {
    const answer = await merchant.charge(await device.code(), { amount: 1500, ...options })
    const payment = expectStatus(answer, 201)
    assert.equal(payment.status, 'pending', brief(answer))
    return payment
  }
  const respond = (id, how, who = device) => who.call('POST', `/v1/device/payments/${id}/${how}`, {})

  await check('the event payment.succeeded arrives', async () => {
    const p = succeeded(await merchant.charge(await device.code()))
    await events.await('payment.succeeded', p.id)
  })

  await check('pending, asked, confirmed: succeeded', async () => {
    const before = await payer.balance()
    const order_no = fresh('order')
    const p = await pending({ order_no })
    await events.await('payment.confirm_requested', p.id)
    assert.equal((await merchant.payment(p.id)).status, 'pending')
    expectStatus(await respond(p.id, 'confirm'), 200, 204)
    assert.equal((await merchant.payment(p.id)).status, 'succeeded')
    assert.equal((await merchant.order(order_no)).id, p.id)
    assert.equal(await payer.balance(), before - 1500)
    await events.await('payment.succeeded', p.id)
    await respond(p.id, 'confirm')
    await respond(p.id, 'reject')
    assert.equal((await merchant.payment(p.id)).status, 'succeeded')
    assert.equal(await payer.balance(), before - 1500)
  })

  await check('pending, rejected: confirmation_rejected, nothing moved, and confirming then moves nothing', async () => {
    const before = await payer.balance()
    const p = await pending()
    expectStatus(await respond(p.id, 'reject'), 200, 204)
    const now = await merchant.payment(p.id)
    assert.deepEqual([now.status, now.decline_code], ['declined', 'confirmation_rejected'])
    await events.await('payment.declined', p.id)
    await respond(p.id, 'confirm')
    assert.equal((await merchant.payment(p.id)).status, 'declined')
    assert.equal(await payer.balance(), before)
  })

  await check('a pending order only answers what it is, and its code pays nothing else', async () => {
    const [order_no, code] = [fresh('order'), await device.code()]
    const p = expectStatus(await merchant.charge(code, { order_no, amount: 1500 }), 201)
    const again = await merchant.charge(code, { order_no, amount: 1500 })
    assert.deepEqual([again.status, again.body.id, again.body.status], [200, p.id, 'pending'])
    const otherCode = await merchant.charge(await device.code(), { order_no, amount: 1500 })
    assert.deepEqual([otherCode.status, otherCode.body.id, otherCode.body.status], [200, p.id, 'pending'])
    declined(await merchant.charge(code), 'code_used')
    assert.equal(expectStatus(await merchant.cancel(p.id), 200).status, 'canceled')
  })

  await check('cancel stops a pending payment; confirming it then moves nothing', async () => {
    const before = await payer.balance()
    const p = await pending()
    assert.equal(expectStatus(await merchant.cancel(p.id), 200).status, 'canceled')
    await respond(p.id, 'confirm')
    assert.equal((await merchant.payment(p.id)).status, 'canceled')
    assert.equal(await payer.balance(), before)
  })

  await check('a pending payment is not refunded', async () => {
    const before = await payer.balance()
    const p = await pending()
    const answer = await merchant.refund(p.id, 100)
    assert.ok(answer.status >= 400 && answer.status < 500, brief(answer))
    assert.equal(expectStatus(await merchant.cancel(p.id), 200).status, 'canceled')
    assert.equal(await payer.balance(), before)
  })

  await check("another payer's device neither confirms nor rejects nor sees it", async () => {
    const stranger = await (await world.payer()).device()
    const p = await pending()
    for (const how of ['confirm', 'reject']) expectStatus(await respond(p.id, how, stranger), 404)
    assert.equal((await merchant.payment(p.id)).status, 'pending')
    expectStatus(await respond(p.id, 'reject'), 200, 204)
  })

  await check('confirm, reject and cancel raced (15 rounds): one outcome, told to all, money as it says', async () => {
    const voices = [await payer.device(), await payer.device()]
    for (let round = 0; round < 15; round++) {
      const before = await payer.balance()
      const p = expectStatus(await merchant.charge(await voices[round % 2].code(), { amount: 1500 }), 201)
      const answers = await Promise.all([respond(p.id, 'confirm'), respond(p.id, 'reject'), merchant.cancel(p.id)])
      const { status } = await merchant.payment(p.id)
      const told = `${answers.map(brief).join(' | ')} | now ${status}`
      assert.ok(['succeeded', 'declined', 'canceled'].includes(status), told)
      assert.equal(await payer.balance(), status === 'succeeded' ? before - 1500 : before, told)
      if (answers[2].status < 300) assert.equal(answers[2].body.status, status, told)
    }
    await world.assertBalanced()
  })

  await check('the money must still be there when the payer confirms', async () => {
    const poor = await world.payer({ money: 3000, limits })
    const phone = await poor.device()
    const stream = await EventStream.open(phone)
    const charges = await Promise.all([0, 1, 2].map(async () => merchant.charge(await phone.code(), { amount: 1500 })))
    const open = charges.map((a) => a.body).filter((p) => p.status === 'pending')
    await Promise.all(open.map((p) => respond(p.id, 'confirm', phone)))
    const ends = await Promise.all(charges.map((a) => merchant.payment(a.body.id)))
    const paid = ends.filter((p) => p.status === 'succeeded').length
    assert.equal(await poor.balance(), 3000 - paid * 1500)
    assert.ok(paid <= 2, `${paid} of 1500 from 3000`)
    await stream.close()
  })

  await check('the limits of the day hold over payments that wait together', async () => {
    const tight = await world.payer({ limits: { per_payment: 2000, per_day: 2000, count_per_day: 100, confirm_above: 1000 } })
    const phone = await tight.device()
    const stream = await EventStream.open(phone)
    const charges = await Promise.all([0, 1, 2].map(async () => merchant.charge(await phone.code(), { amount: 1500 })))
    const open = charges.map((a) => a.body).filter((p) => p.status === 'pending')
    assert.ok(open.length > 0, charges.map(brief).join(' | '))
    await Promise.all(open.map((p) => respond(p.id, 'confirm', phone)))
    const ends = await Promise.all(charges.map((a) => merchant.payment(a.body.id)))
    assert.deepEqual(countBy(ends, (p) => p.decline_code || p.status), { succeeded: 1, limit_per_day: 2 })
    assert.equal(await tight.balance(), 1_000_000 - 1500)
    await stream.close()
  })

  await check('a device frozen while a payment waits cannot confirm it', async () => {
    const owner = await world.payer({ limits })
    const [lost, other] = await owner.devices(2)
    const stream = await EventStream.open(lost)
    const answer = await merchant.charge(await lost.code(), { amount: 1500 })
    const p = expectStatus(answer, 201)
    assert.equal(p.status, 'pending', brief(answer))
    await lost.operator('freeze')
    expectStatus(await respond(p.id, 'confirm', lost), 401, 403, 409)
    assert.notEqual((await merchant.payment(p.id)).status, 'succeeded')
    await respond(p.id, 'reject', other)
    assert.equal((await merchant.payment(p.id)).status, 'declined')
    assert.equal(await owner.balance(), 1_000_000)
    await stream.close()
  })

  await check('the event payment.declined arrives', async () => {
    const p = declined(await merchant.charge(await device.code(), { amount: generous.per_payment + 1 }), 'limit_per_payment', 'insufficient_funds')
    await events.await('payment.declined', p.id)
  })

  await check('events of others do not arrive', async () => {
    const other = await world.payer()
    const p = succeeded(await merchant.charge(await (await other.device()).code()))
    await sleep(500)
    assert.ok(!events.events.some((e) => e.data.includes(p.id)))
  })

  await check('unreachable again once the stream is closed', async () => {
    await events.close()
    await until('needs_network', 10_000, async () => {
      const answer = await merchant.charge(await device.code(), { amount: 1500 })
      if (answer.body.status === 'pending') await merchant.cancel(answer.body.id)
      return answer.body.decline_code === 'needs_network'
    }, 1000)
  })

  await check('the event device.frozen arrives', async () => {
    const stream = await EventStream.open(device)
    await device.operator('freeze')
    await stream.await('device.frozen')
    await stream.close()
  })

  await check('nobody answers: confirmation_timeout, and nothing moved', async () => {
    const result = await timedOut
    if (result instanceof Error) throw result
  })
})

/** Runs beside the others, so its error is handed over rather than thrown where nobody waits yet. */
async function timeOut(world, merchant) {
  try {
    const payer = await world.payer({ limits, money: 5000 })
    const device = await payer.device()
    const stream = await EventStream.open(device)
    const answer = await merchant.charge(await device.code(), { amount: 1500 })
    const p = expectStatus(answer, 201)
    assert.equal(p.status, 'pending', brief(answer))
    const end = await until('confirmation_timeout', TIMEOUT_MS, async () => {
      const now = await merchant.payment(p.id)
      return now.status !== 'pending' && now
    }, 1000)
    assert.deepEqual([end.status, end.decline_code], ['declined', 'confirmation_timeout'])
    await device.call('POST', `/v1/device/payments/${p.id}/confirm`, {})
    assert.equal((await merchant.payment(p.id)).status, 'declined')
    assert.equal(await payer.balance(), 5000)
    await stream.close()
  } catch (err) {
    return err
  }
}
