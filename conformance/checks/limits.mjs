// Offline limits: per payment, per day, payments per day.
import assert from 'node:assert/strict'
import { declined, succeeded } from '../answers.mjs'
import { group } from '../check.mjs'

const none = 1_000_000

export default group('limits', async (check, world) => {
  const merchant = await world.merchant()
  const limited = (limits) => world.payer({ limits: { per_payment: none, per_day: none, count_per_day: 1000, confirm_above: none, ...limits } })

  await check('per payment: the limit itself passes, one more does not', async () => {
    const payer = await limited({ per_payment: 500 })
    const device = await payer.device()
    succeeded(await merchant.charge(await device.code(), { amount: 500 }))
    const code = await device.code()
    declined(await merchant.charge(code, { amount: 501 }), 'limit_per_payment')
    succeeded(await merchant.charge(code, { amount: 499 }))
  })

  await check('per day: counts what was paid, over all devices and merchants', async () => {
    const payer = await limited({ per_day: 1000 })
    const [phone, watch] = [await payer.device('phone'), await payer.device('watch')]
    succeeded(await merchant.charge(await phone.code(), { amount: 600 }))
    const other = await world.merchant()
    declined(await other.charge(await watch.code(), { amount: 401 }), 'limit_per_day')
    succeeded(await other.charge(await watch.code(), { amount: 400 }))
    declined(await merchant.charge(await phone.code(), { amount: 1 }), 'limit_per_day')
  })

  await check('payments per day', async () => {
    const payer = await limited({ count_per_day: 2 })
    const device = await payer.device()
    for (let i = 0; i < 2; i++) succeeded(await merchant.charge(await device.code()))
    declined(await merchant.charge(await device.code()), 'limit_count')
    declined(await merchant.charge(await device.code()), 'limit_count')
  })

  await check('a declined payment counts for nothing', async () => {
    const payer = await limited({ per_payment: 500, per_day: 500, count_per_day: 1 })
    const device = await payer.device()
    for (let i = 0; i < 3; i++) declined(await merchant.charge(await device.code(), { amount: 501 }), 'limit_per_payment', 'limit_per_day')
    succeeded(await merchant.charge(await device.code(), { amount: 500 }))
  })

  await check('raised limits hold at once, and the device is told them at sync', async () => {
    const payer = await limited({ per_payment: 100 })
    const device = await payer.device()
    declined(await merchant.charge(await device.code(), { amount: 200 }), 'limit_per_payment')
    const raised = { per_payment: 200, per_day: 5000, count_per_day: 7, confirm_above: 200 }
    await payer.setLimits(raised)
    succeeded(await merchant.charge(await device.code(), { amount: 200 }))
    const { limits } = await device.sync()
    for (const [name, value] of Object.entries(raised)) assert.equal(limits[name], value, name)
    const read = (await payer.read()).limits
    for (const [name, value] of Object.entries(raised)) assert.equal(read[name], value, name)
  })
})
