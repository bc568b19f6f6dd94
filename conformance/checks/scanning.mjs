// The payer reads the shop's code: paid once, by whoever is first, with a receipt that needs no server.
import assert from 'node:assert/strict'
import { countBy, declined, expectStatus, outcomeOf, refused, succeeded } from '../answers.mjs'
import { group } from '../check.mjs'
import { merchantOf, openReceipt, shopCode } from '../shop.mjs'
import { fresh } from '../world.mjs'

export default group('scanning', async (check, world) => {
  const merchant = await world.merchant()
  const payer = await world.payer({ money: 10_000, limits: { per_payment: 1, per_day: 1, count_per_day: 1, confirm_above: 1 } })
  const device = await payer.device()
  const { keys, server_time } = expectStatus(await world.server.call('GET', '/v1/issuer/keys', {}), 200)
  const pay = (body, by = device) => by.call('POST', '/v1/device/pay', { reference: fresh('ref'), ...body })
  const codeOf = (order, amount = '1.00') => shopCode({ merchant: merchant.id, amount, order, till: 'till-1' })

  await check('the server says what time it is', () => {
    assert.ok(Math.abs(Date.parse(server_time) - Date.now()) < 10_000)
  })

  await check('a code is paid above every limit of offline codes, and the receipt is good without a server', async () => {
    const [order, reference] = [fresh('o').slice(0, 25), fresh('ref')]
    const before = await payer.balance()
    const paid = succeeded(await pay({ merchant_qr: codeOf(order), reference }), 201)
    assert.equal(await payer.balance(), before - 100)
    assert.deepEqual([paid.method, paid.order_no, paid.merchant.id], ['merchant_qr', order, merchant.id])
    const receipt = openReceipt(paid.receipt, keys)
    const settled_s = Math.floor(Date.parse(paid.settled_at) / 1000)
    assert.deepEqual(receipt, { issued_s: settled_s, id: receipt.id, merchant: merchantOf(merchant.id), till: 'till-1', order, amount: 100, currency: 'CNY' })
    const again = succeeded(await pay({ merchant_qr: codeOf(order), reference }), 200)
    const asked = succeeded(await device.call('GET', `/v1/device/payments/${paid.id}`), 200)
    for (const one of [again, asked]) {
      assert.equal(one.id, paid.id)
      assert.deepEqual(openReceipt(one.receipt, keys), receipt)
    }
    assert.equal(await payer.balance(), before - 100)
    assert.equal((await merchant.order(order)).id, paid.id)
    expectStatus(await merchant.cancel(paid.id), 200)
    assert.equal((await pay({ merchant_qr: codeOf(order), reference })).body.receipt, undefined)
  })

  await check('one reference pays one thing', async () => {
    const reference = fresh('ref')
    const any = shopCode({ merchant: merchant.id })
    const first = succeeded(await pay({ merchant_qr: any, amount: 3, reference }), 201)
    assert.equal(succeeded(await pay({ merchant_qr: any, amount: 3, reference }), 200).id, first.id)
    refused(await pay({ merchant_qr: any, amount: 4, reference }), [409], 'reference_conflict')
    refused(await pay({ merchant_qr: codeOf(fresh('o').slice(0, 25)), reference }), [409], 'reference_conflict')
    refused(await pay({ merchant_qr: shopCode({ merchant: (await world.merchant()).id }), amount: 3, reference }), [409], 'reference_conflict')
    const other = succeeded(await pay({ merchant_qr: any, amount: 3 }), 201)
    assert.notEqual(other.order_no, first.order_no)
  })

  await check('the amount is the code\'s, or the payer\'s where it has none', async () => {
    refused(await pay({ merchant_qr: shopCode({ merchant: merchant.id }) }), [422], 'invalid_request')
    refused(await pay({ merchant_qr: codeOf(fresh('o').slice(0, 25)), amount: 101 }), [422], 'invalid_request')
    succeeded(await pay({ merchant_qr: codeOf(fresh('o').slice(0, 25)), amount: 100 }), 201)
    const code = codeOf(fresh('o').slice(0, 25))
    refused(await pay({ merchant_qr: code.slice(0, -1) + (code.endsWith('0') ? '1' : '0') }), [422], 'invalid_request')
    refused(await pay({ merchant_qr: 'hello' }), [422], 'invalid_request')
  })

  await check('of ten payers and a till who want one order at once, one pays', async () => {
    const order = fresh('o').slice(0, 25)
    const payers = await Promise.all(Array.from({ length: 10 }, () => world.payer({ money: 1000 })))
    const devices = await Promise.all(payers.map((p) => p.device()))
    const code = await devices[0].code()
    const answers = await Promise.all([
      ...devices.flatMap((by) => { const reference = fresh('ref'); return [0, 1].map(() => pay({ merchant_qr: codeOf(order), reference }, by)) }),
      merchant.charge(code, { order_no: order }),
    ])
    const paid = answers.filter(({ body }) => body.status === 'succeeded')
    assert.equal(new Set(paid.map(({ body }) => body.id)).size, 1, JSON.stringify(countBy(answers, outcomeOf)))
    assert.equal(paid.filter(({ status }) => status === 201).length, 1)
    for (const answer of answers.filter(({ body }) => body.status !== 'succeeded')) refused(answer, [409], 'order_taken')
    const left = await Promise.all(payers.map((p) => p.balance()))
    assert.equal(left.reduce((sum, n) => sum + n, 0), 10 * 1000 - 100)
  })

  await check('a canceled order cannot be paid, a declined one can', async () => {
    const order = fresh('o').slice(0, 25)
    expectStatus(await merchant.cancelOrder(order), 200)
    refused(await pay({ merchant_qr: codeOf(order) }), [409], 'order_taken')
    const poor = await (await world.payer({ money: 10 })).device()
    const next = fresh('o').slice(0, 25)
    declined(await pay({ merchant_qr: codeOf(next) }, poor), 'insufficient_funds')
    succeeded(await pay({ merchant_qr: codeOf(next) }), 201)
  })
})
