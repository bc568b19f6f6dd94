// Many at once, where only one may win. After each race the books and the balances must say what the answers said.
import assert from 'node:assert/strict'
import { countBy, declined, expectStatus, outcomeOf, succeeded } from '../answers.mjs'
import { group } from '../check.mjs'
import { Device } from '../device.mjs'
import { brief } from '../http.mjs'
import { fresh } from '../world.mjs'

const TILLS = 32
const CANCEL_ROUNDS = 40

const times = (n, f) => Promise.all(Array.from({ length: n }, (_, i) => f(i)))

export default group('races', async (check, world) => {
  const merchants = await world.merchants(4)
  const [merchant] = merchants

  for (const form of ['text', 'digits', 'emv']) {
    await check(`${TILLS} tills with one code (${form}): one is paid`, async () => {
      const payer = await world.payer({ money: 10_000 })
      const code = await (await payer.device()).code(form)
      const answers = await times(TILLS, (i) => merchants[i % merchants.length].charge(code))
      assert.deepEqual(countBy(answers, outcomeOf), { succeeded: 1, code_used: TILLS - 1 })
      assert.equal(await payer.balance(), 10_000 - 100)
      await world.assertBalanced()
    })
  }

  await check('32 tills with one slot in its three forms: one is paid', async () => {
    const payer = await world.payer({ money: 10_000 })
    const device = await payer.device()
    const slot = device.slot(7, 1)
    const codes = ['digits', 'text', 'emv'].map((f) => device[f](slot))
    const answers = await times(TILLS, (i) => merchants[i % 4].charge(codes[i % 3]))
    assert.deepEqual(countBy(answers, outcomeOf), { succeeded: 1, code_used: TILLS - 1 })
    assert.equal(await payer.balance(), 10_000 - 100)
    await world.assertBalanced()
  })

  await check('32 tills with one slot under two aliases and two generations: one is paid', async () => {
    const payer = await world.payer({ money: 10_000 })
    const device = await payer.device()
    const old = device.keys
    await device.operator('rotate')
    await device.sync()
    const { counter, nonce } = device.slot(7, 1)
    const codes = [old, { ...old, seed: device.seed }, { ...old, alias: device.alias }, device.keys].flatMap((keys) => {
      const slot = { counter, nonce, alias: keys.alias }
      return [device.digits(slot, keys), device.text(slot, keys)]
    })
    const answers = await times(TILLS, (i) => merchants[i % 4].charge(codes[i % codes.length]))
    const { succeeded: paid, ...others } = countBy(answers, outcomeOf)
    assert.equal(paid, 1, JSON.stringify(others))
    for (const outcome of Object.keys(others)) assert.ok(['code_used', 'code_invalid', 'too_many_attempts'].includes(outcome), outcome)
    assert.equal(await payer.balance(), 10_000 - 100)
    await world.assertBalanced()
  })

  await check('one order number with the codes of 16 payers: one is charged', async () => {
    const payers = await times(16, () => world.payer({ money: 1000 }))
    const codes = await Promise.all(payers.map(async (p) => (await p.device()).code()))
    const order_no = fresh('order')
    const answers = await times(16, (i) => merchant.charge(codes[i], { order_no, amount: 400 }))
    for (const a of answers) expectStatus(a, 200, 201)
    assert.deepEqual(countBy(answers, outcomeOf), { succeeded: 16 })
    assert.deepEqual(countBy(answers, (a) => a.status), { 201: 1, 200: 15 })
    assert.equal(new Set(answers.map((a) => a.body.id)).size, 1)
    const balances = await Promise.all(payers.map((p) => p.balance()))
    assert.deepEqual(countBy(balances, String), { 600: 1, 1000: 15 })
    await world.assertBalanced()
  })

  await check("10 codes of one payer against too little money: as many as it allows", async () => {
    const payer = await world.payer({ money: 1000 })
    const devices = await payer.devices(2)
    const codes = await times(10, (i) => devices[i % 2].code(i % 3 ? 'text' : 'digits'))
    const answers = await times(10, (i) => merchants[i % 4].charge(codes[i], { amount: 300 }))
    assert.deepEqual(countBy(answers, outcomeOf), { succeeded: 3, insufficient_funds: 7 })
    assert.equal(await payer.balance(), 100)
    await world.assertBalanced()
  })

  await check('limits hold when raced: 10 codes, 4 a day', async () => {
    const limits = { per_payment: 500, per_day: 100_000, count_per_day: 4, confirm_above: 100_000 }
    const payer = await world.payer({ money: 10_000, limits })
    const devices = await payer.devices(2)
    const codes = await times(10, (i) => devices[i % 2].code())
    const answers = await times(10, (i) => merchants[i % 4].charge(codes[i], { amount: 300 }))
    assert.deepEqual(countBy(answers, outcomeOf), { succeeded: 4, limit_count: 6 })
    assert.equal(await payer.balance(), 10_000 - 1200)
  })

  await check('the same request 16 times: one payment', async () => {
    const payer = await world.payer({ money: 1000 })
    const code = await (await payer.device()).code()
    const order_no = fresh('order')
    const answers = await times(16, () => merchant.charge(code, { order_no, amount: 400 }))
    assert.deepEqual(countBy(answers, outcomeOf), { succeeded: 16 })
    assert.deepEqual(countBy(answers, (a) => a.status), { 201: 1, 200: 15 })
    assert.equal(new Set(answers.map((a) => a.body.id)).size, 1)
    assert.equal(await payer.balance(), 600)
    await world.assertBalanced()
  })

  await check('one order number with 8 amounts: one is charged, the others conflict', async () => {
    const payer = await world.payer({ money: 10_000 })
    const code = await (await payer.device()).code()
    const order_no = fresh('order')
    const answers = await times(8, (i) => merchant.charge(code, { order_no, amount: 100 + i }))
    assert.deepEqual(countBy(answers, outcomeOf), { succeeded: 1, 'http 409 order_conflict': 7 })
    assert.equal(await payer.balance(), 10_000 - answers.find((a) => a.status === 201).body.amount)
  })

  await check(`cancel of an order raced with its charge (${CANCEL_ROUNDS} rounds): paid, or canceled with nothing moved`, async () => {
    const payer = await world.payer({ money: 100_000 })
    const devices = await payer.devices(4)
    let paid = 0
    for (let round = 0; round < CANCEL_ROUNDS; round++) {
      paid += await cancelAgainstCharge(merchant, payer, await devices[round % 4].code(), round)
    }
    assert.equal(await payer.balance(), 100_000 - paid * 100)
    await world.assertBalanced()
  })

  await check('cancel of a paid order raced 8 times: reversed once', async () => {
    const payer = await world.payer({ money: 1000 })
    const p = succeeded(await merchant.charge(await (await payer.device()).code(), { amount: 400 }))
    const answers = await times(8, () => merchant.cancel(p.id))
    for (const a of answers) assert.equal(expectStatus(a, 200, 201).status, 'canceled', brief(a))
    assert.equal(await payer.balance(), 1000)
    await world.assertBalanced()
  })

  await check('refunds raced: never more in all than was paid', async () => {
    const payer = await world.payer({ money: 1000 })
    const p = succeeded(await merchant.charge(await (await payer.device()).code(), { amount: 1000 }))
    const answers = await times(12, () => merchant.refund(p.id, 300))
    const ok = answers.filter((a) => a.status < 300).length
    assert.equal(ok, 3, JSON.stringify(countBy(answers, outcomeOf)))
    for (const a of answers.filter((a) => a.status >= 300)) assert.ok(a.status < 500, brief(a))
    assert.equal(await payer.balance(), 900)
    const { refunded, status } = await merchant.payment(p.id)
    assert.deepEqual({ refunded, status }, { refunded: 900, status: 'partially_refunded' })
    await world.assertBalanced()
  })

  await check('one refund_no raced 12 times: refunded once', async () => {
    const payer = await world.payer({ money: 1000 })
    const p = succeeded(await merchant.charge(await (await payer.device()).code(), { amount: 1000 }))
    const answers = await times(12, () => merchant.refund(p.id, 300, 'r-1'))
    for (const a of answers) expectStatus(a, 200, 201)
    assert.equal(await payer.balance(), 300)
    await world.assertBalanced()
  })

  await check('refund raced with cancel (10 rounds): the payer has exactly the money back, or the refund alone', async () => {
    const payer = await world.payer({ money: 1000 })
    const device = await payer.device()
    for (let round = 0; round < 10; round++) {
      const before = await payer.balance()
      const p = succeeded(await merchant.charge(await device.code(), { amount: 500 }))
      const [refund, cancel] = await Promise.all([merchant.refund(p.id, 200), merchant.cancel(p.id)])
      const after = await payer.balance()
      const { status, refunded } = await merchant.payment(p.id)
      const told = `${brief(refund)} | ${brief(cancel)} | now ${status}, refunded ${refunded}, balance ${before} -> ${after}`
      if (status === 'canceled' || status === 'refunded') assert.equal(after, before, told)
      else assert.equal(after, before - 500 + refunded, told)
      if (cancel.status < 300) assert.equal(cancel.body.status, status, told)
      if (after !== before) await payer.topUp(before - after)
    }
    await world.assertBalanced()
  })

  await check('one ticket raced by 8 phones: one enrols', async () => {
    const payer = await world.payer()
    await payer.device()
    const ticket = await payer.ticket()
    const answers = await times(8, () => new Device(world, payer).enrol({ ticket }))
    assert.equal(answers.filter((a) => a.status < 300).length, 1, JSON.stringify(countBy(answers, (a) => a.status)))
    assert.equal((await payer.read()).devices.length, 2)
  })

  await check('freeze raced with charges: after its answer no code pays', async () => {
    const payer = await world.payer({ money: 10_000 })
    const device = await payer.device()
    const codes = []
    for (let i = 0; i < 12; i++) codes.push(await device.code())
    const racing = times(8, (i) => merchant.charge(codes[i]))
    await device.operator('freeze')
    const late = await times(4, (i) => merchant.charge(codes[8 + i]))
    const before = await racing
    for (const a of late) declined(a, 'device_frozen')
    const paid = before.filter((a) => a.body.status === 'succeeded').length
    assert.equal(await payer.balance(), 10_000 - paid * 100)
  })
})

/** One round; answers 1 when the order ended paid. Even rounds give the charge a little start. */
async function cancelAgainstCharge(merchant, payer, code, round) {
  const order_no = fresh('order')
  const before = await payer.balance()
  const charging = merchant.charge(code, { order_no })
  if (round % 2) await new Promise((done) => setTimeout(done, round % 7))
  const [charge, cancel] = await Promise.all([charging, merchant.cancelOrder(order_no)])
  const [order, after, again] = [await merchant.order(order_no), await payer.balance(), await merchant.charge(code, { order_no })]
  const told = `${brief(charge)} | ${brief(cancel)} | now ${order?.status}, balance ${before} -> ${after}`
  assert.ok(['succeeded', 'canceled'].includes(order?.status), told)
  assert.equal(after, order.status === 'succeeded' ? before - 100 : before, told)
  if (cancel.status < 300) assert.equal(cancel.body.status, order.status, told)
  if (order.status === 'succeeded') assert.equal(charge.body.status, 'succeeded', told)
  assert.equal(again.body.status, order.status, `asked again: ${brief(again)} | ${told}`)
  assert.equal(await payer.balance(), after, `asking again moved money: ${told}`)
  return order.status === 'succeeded' ? 1 : 0
}
