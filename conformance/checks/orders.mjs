// Orders: saying it twice is saying it once.
import assert from 'node:assert/strict'
import { declined, expectStatus, refused, succeeded } from '../answers.mjs'
import { group, sleep } from '../check.mjs'
import { bearer, brief } from '../http.mjs'
import { fresh, generous } from '../world.mjs'

export default group('orders', async (check, world) => {
  const [merchant, neighbour] = await world.merchants(2)
  const payer = await world.payer()
  const device = await payer.device()

  await check('the same order again answers the same payment with 200', async () => {
    const [order_no, code] = [fresh('order'), await device.code()]
    const before = await payer.balance()
    const first = succeeded(await merchant.charge(code, { order_no }), 201)
    const second = succeeded(await merchant.charge(code, { order_no }), 200)
    assert.deepEqual(second, first)
    assert.equal(await payer.balance(), before - 100)
  })

  await check('another amount under the same number is order_conflict', async () => {
    const [order_no, code] = [fresh('order'), await device.code()]
    succeeded(await merchant.charge(code, { order_no }))
    const before = await payer.balance()
    refused(await merchant.charge(code, { order_no, amount: 101 }), [409], 'order_conflict')
    refused(await merchant.charge(await device.code(), { order_no, amount: 99 }), [409], 'order_conflict')
    assert.equal(await payer.balance(), before)
  })

  await check('a paid order answers what it is, whatever the code now says', async () => {
    const order_no = fresh('order')
    const paid = succeeded(await merchant.charge(await device.code(), { order_no }))
    const other = await device.code()
    for (const code of [other, '700000000000000000', 'rubbish']) {
      assert.deepEqual(succeeded(await merchant.charge(code, { order_no }), 200), paid)
    }
    succeeded(await merchant.charge(other))
  })

  await check('a declined order is tried again under its number with another code', async () => {
    const order_no = fresh('order')
    const used = await device.code()
    succeeded(await merchant.charge(used))
    const first = declined(await merchant.charge(used, { order_no }), 'code_used')
    const second = succeeded(await merchant.charge(await device.code(), { order_no }), 200, 201)
    assert.equal(second.decline_code ?? '', '')
    assert.equal((await merchant.order(order_no)).status, 'succeeded')
    assert.equal(second.order_no, first.order_no)
  })

  await check('a code declined for want of money is not spent', async () => {
    const poor = await world.payer({ money: 50 })
    const code = await (await poor.device()).code()
    const order_no = fresh('order')
    const first = declined(await merchant.charge(code, { order_no }), 'insufficient_funds')
    const same = declined(expectOK(await merchant.charge(code, { order_no })), 'insufficient_funds')
    assert.equal(same.id, first.id)
    await poor.topUp(100)
    succeeded(await merchant.charge(code))
    assert.equal(await poor.balance(), 50)
  })

  await check('cancel of an order never seen makes it impossible', async () => {
    const [order_no, code] = [fresh('order'), await device.code()]
    const before = await payer.balance()
    expectStatus(await merchant.cancelOrder(order_no), 200, 201, 204)
    const answer = await merchant.charge(code, { order_no })
    assert.equal(expectStatus(answer, 200).status, 'canceled', brief(answer))
    assert.equal((await merchant.order(order_no)).status, 'canceled')
    expectStatus(await merchant.cancelOrder(order_no), 200, 201, 204)
    assert.equal(await payer.balance(), before)
    succeeded(await merchant.charge(code))
  })

  await check("cancel of an order never seen is this merchant's alone", async () => {
    const order_no = fresh('order')
    expectStatus(await merchant.cancelOrder(order_no), 200, 201, 204)
    succeeded(await neighbour.charge(await device.code(), { order_no }))
  })

  await check('cancel of a success reverses it in full, once, and for good', async () => {
    const [order_no, code] = [fresh('order'), await device.code()]
    const before = await payer.balance()
    const p = succeeded(await merchant.charge(code, { order_no, amount: 700 }))
    assert.equal(await payer.balance(), before - 700)
    assert.equal(expectStatus(await merchant.cancel(p.id), 200).status, 'canceled')
    assert.equal(expectStatus(await merchant.cancel(p.id), 200).status, 'canceled')
    assert.equal(await payer.balance(), before)
    assert.equal((await merchant.payment(p.id)).status, 'canceled')
    assert.equal(expectStatus(await merchant.charge(await device.code(), { order_no, amount: 700 }), 200).status, 'canceled')
    declined(await merchant.charge(code), 'code_used')
    const refund = await merchant.refund(p.id, 1)
    assert.ok(refund.status >= 400 && refund.status < 500, `a canceled payment is refunded: ${brief(refund)}`)
    assert.equal(await payer.balance(), before)
  })

  await check('a declined order canceled stays impossible', async () => {
    const order_no = fresh('order')
    const used = await device.code()
    succeeded(await merchant.charge(used))
    const p = declined(await merchant.charge(used, { order_no }), 'code_used')
    const cancel = await merchant.cancel(p.id)
    const before = await payer.balance()
    if (cancel.status < 300) {
      const answer = await merchant.charge(await device.code(), { order_no })
      assert.equal(expectStatus(answer, 200).status, cancel.body.status, `canceled, then: ${brief(answer)}`)
      assert.equal(await payer.balance(), before)
    }
  })

  await check('refunds in parts, once per refund_no, up to what was paid', async () => {
    const before = await payer.balance()
    const p = succeeded(await merchant.charge(await device.code(), { amount: 1000 }))
    expectStatus(await merchant.refund(p.id, 300, 'r1'), 200, 201)
    expectStatus(await merchant.refund(p.id, 300, 'r1'), 200)
    assert.equal(await payer.balance(), before - 700)
    refused(await merchant.refund(p.id, 301, 'r1'), [409])
    const part = await merchant.payment(p.id)
    assert.deepEqual([part.status, part.refunded], ['partially_refunded', 300])
    const tooMuch = await merchant.refund(p.id, 701, 'r2')
    assert.ok(tooMuch.status >= 400 && tooMuch.status < 500, brief(tooMuch))
    expectStatus(await merchant.refund(p.id, 700, 'r3'), 200, 201)
    const whole = await merchant.payment(p.id)
    assert.deepEqual([whole.status, whole.refunded], ['refunded', 1000])
    assert.equal(await payer.balance(), before)
  })

  await check('refund numbers are per payment', async () => {
    const [a, b] = [succeeded(await merchant.charge(await device.code())), succeeded(await merchant.charge(await device.code()))]
    const before = await payer.balance()
    expectStatus(await merchant.refund(a.id, 10, 'same'), 200, 201)
    const second = await merchant.refund(b.id, 20, 'same')
    assert.ok(second.status < 300 || second.status === 409, brief(second))
    assert.equal(await payer.balance(), before + (second.status < 300 ? 30 : 10))
  })

  await check('order numbers are per merchant', async () => {
    const order_no = fresh('order')
    const a = succeeded(await merchant.charge(await device.code(), { order_no, amount: 11 }))
    const b = succeeded(await neighbour.charge(await device.code(), { order_no, amount: 22 }))
    assert.notEqual(a.id, b.id)
    assert.equal((await merchant.order(order_no)).id, a.id)
    assert.equal((await neighbour.order(order_no)).id, b.id)
  })

  await check('an order never seen is not found', async () => assert.equal(await merchant.order(fresh('order')), undefined))

  await check('any order number that can be charged can be asked about and canceled', async () => {
    const before = await payer.balance()
    for (const order_no of ['A/1', 'A%2F1', 'a?b#c', 'a&b=c+d', '"q"', ';', '~', '.', '..']) {
      const answer = await merchant.charge(await device.code(), { order_no })
      if (answer.status >= 400) continue
      assert.equal((await merchant.order(order_no))?.id, succeeded(answer).id, order_no)
      assert.equal(expectStatus(await merchant.cancelOrder(order_no), 200).status, 'canceled', order_no)
    }
    assert.equal(await payer.balance(), before)
  })

  await check("the payer's history has each payment once, newest first, page by page", async () => {
    const own = await world.payer()
    const phone = await own.device()
    const made = []
    for (let i = 0; i < 7; i++) {
      made.unshift(succeeded(await merchant.charge(await phone.code())).id)
      await sleep(2) // which is newer within a millisecond, nothing promises
    }
    const seen = []
    for (let page = 0, cursor = ''; page < 9 && cursor !== undefined; page++) {
      const { body } = await phone.call('GET', `/v1/device/payments?limit=3${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
      seen.push(...body.payments.map((p) => p.id))
      cursor = body.next_cursor
    }
    assert.deepEqual(seen, made)
  })

  await check('another currency is declined: currency_mismatch', async () => {
    const before = await payer.balance()
    const answer = await merchant.charge(await device.code(), { currency: 'USD' })
    declined(answer, 'currency_mismatch')
    assert.equal(await payer.balance(), before)
  })

  await check('the statement of the day adds up', () => statementAddsUp(world))
  await check('the books balance', () => world.assertBalanced())
})

const expectOK = (answer) => {
  expectStatus(answer, 200)
  return answer
}

async function statementAddsUp(world) {
  const merchant = await world.merchant()
  const payer = await world.payer({ limits: generous })
  const device = await payer.device()
  const day = () => new Date(Date.now() + device.clockOffset_s * 1000).toISOString().slice(0, 10)
  const began = day()
  const [a, b, c] = [100, 2000, 30_000]
  const paid = []
  for (const amount of [a, b, c]) paid.push(succeeded(await merchant.charge(await device.code(), { amount })))
  await merchant.refund(paid[1].id, 500, 'st-1')
  await merchant.refund(paid[1].id, 70, 'st-2')
  await merchant.cancel(paid[0].id)
  await world.merchant().then(async (other) => succeeded(await other.charge(await device.code(), { amount: 777_777 })))
  if (day() !== began) return statementAddsUp(world)

  const answer = await world.server.call('GET', `/v1/statements/${began}`, { headers: bearer(merchant.key) })
  expectStatus(answer, 200)
  assert.match(answer.headers.get('content-type'), /^text\/csv/)
  assert.ok(!answer.text.includes('777777'), "another merchant's payment is in it")
  const rows = parseCSV(answer.text)
  const head = rows[0]
  const at = (name) => head.findIndex((h) => h.toLowerCase().includes(name))
  assert.ok(at('amount') >= 0, `no amount column: ${head}`)
  const body = rows.slice(1).filter((r) => paid.some((p) => r.includes(p.id) || r.includes(p.order_no)))
  assert.ok(body.length >= 5, `three payments and two refunds want five rows:\n${answer.text}`)
  const net = a + b + c - 500 - 70 - a
  const totals = rows.slice(1).filter((r) => !body.includes(r)).flat().join(' ')
  assert.ok(totals.length > 0, `no totals:\n${answer.text}`)
  assert.match(totals, new RegExp(`(^|\\D)${net}(\\D|$)`), `the totals do not name the net ${net}:\n${answer.text}`)
}

function parseCSV(text) {
  return text.trim().split(/\r?\n/).map((line) => line.split(',').map((f) => f.replace(/^"|"$/g, '')))
}
