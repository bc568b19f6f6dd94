// Another issuer's profile: 24 digits, windows of 10 s, two of them before and after, seeds that live 20 s.
import assert from 'node:assert/strict'
import { declined, expectStatus, succeeded } from './answers.mjs'
import { finish, group, sleep, until } from './check.mjs'
import { roomInWindow } from './device.mjs'
import { worldFromEnvironment } from './world.mjs'

const PERIOD_S = 10
const SEED_TTL_S = 20

const run = group('profile', async (check, world) => {
  const merchant = await world.merchant()
  const payer = await world.payer()

  await check('the device is told the profile', async () => {
    const { prefix, online_prefix, alias_digits, otp_digits, period_s, skew, seed_ttl } = (await payer.device()).enrolled.profile
    assert.deepEqual([prefix, online_prefix, alias_digits, otp_digits, period_s, skew, seed_ttl], ['62', '63', 11, 10, PERIOD_S, 2, SEED_TTL_S])
  })

  await check('24 digits pay in each of five windows, and not in the sixth', async () => {
    const device = await payer.device()
    await roomInWindow(device, 4)
    for (const offset of [-2, -1, 0, 1, 2]) {
      const code = device.digits(device.slot(0, offset))
      assert.equal(code.length, 24)
      succeeded(await merchant.charge(code))
      declined(await merchant.charge(code), 'code_used')
    }
    declined(await merchant.charge(device.digits(device.slot(1, 4))), 'code_invalid')
    declined(await merchant.charge(device.digits(device.slot(1, -4))), 'code_invalid')
    declined(await merchant.charge(device.text(device.slot(1, -4))), 'code_expired')
  })

  await check('codes of the usual profile are no codes here', async () => {
    const device = await payer.device()
    const usual = device.digits(device.slot(0), device.keys, { ...device.profile, prefix: '70', alias_digits: 11, otp_digits: 6 })
    declined(await merchant.charge(usual), 'code_malformed')
    const code = await device.code('digits')
    declined(await merchant.charge('70' + code.slice(2)), 'code_malformed')
    declined(await merchant.charge(code.slice(0, 18)), 'code_malformed')
    succeeded(await merchant.charge(code))
  })

  await check('online codes are as long', async () => {
    const device = await payer.device()
    const { code } = expectStatus(await device.call('POST', '/v1/device/codes', {}), 200, 201)
    assert.match(code, /^63\d{22}$/)
    succeeded(await merchant.charge(code))
  })

  await check('a seed that was not renewed stops working: device_expired; a sync mends it', async () => {
    const [device, renewed] = await payer.devices(2)
    const end = Date.now() + (SEED_TTL_S + 2) * 1000
    await sleep(SEED_TTL_S * 600)
    const { sync_by } = await renewed.sync()
    assert.ok(Math.abs(Date.parse(sync_by) - Date.now() - SEED_TTL_S * 1000) < 5000, `sync_by ${sync_by}`)
    await until('the end of the seed', SEED_TTL_S * 1000, () => Date.now() > end)
    for (const form of ['text', 'digits', 'emv']) declined(await merchant.charge(await device.code(form)), 'device_expired')
    succeeded(await merchant.charge(await renewed.code()))
    const forged = device.text(device.slot(9), { seed: Buffer.alloc(32), alias: device.alias })
    declined(await merchant.charge(forged), 'code_invalid')
    await device.sync()
    succeeded(await merchant.charge(await device.code()))
  })

  await check('the books balance', () => world.assertBalanced())
})

await run(worldFromEnvironment())
finish()
