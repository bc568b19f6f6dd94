// New seeds, new aliases, online codes: what is still good, and from when on it is not.
import assert from 'node:assert/strict'
import { countBy, declined, expectStatus, outcomeOf, refused, succeeded } from '../answers.mjs'
import { group } from '../check.mjs'
import { roomInWindow } from '../device.mjs'
import { brief } from '../http.mjs'

export default group('renewal', async (check, world) => {
  const merchant = await world.merchant()
  const payer = await world.payer()

  /** A device with a rotation fetched and not yet acknowledged: old and new credentials side by side. */
  const rotated = async () => {
    const device = await payer.device()
    const old = device.keys
    await device.operator('rotate')
    const got = await device.sync()
    assert.equal(got.generation, 2, JSON.stringify(Object.keys(got)))
    assert.ok(!device.seed.equals(old.seed), 'the seed did not change')
    await roomInWindow(device, 8)
    return { device, old, oldSeed: { seed: old.seed, alias: device.alias } }
  }
  const text = (device, keys, nonce) => device.text(device.slot(nonce, 0, keys), keys)
  const digits = (device, keys, nonce) => device.digits(device.slot(nonce, 0, keys), keys)

  await check('rotated and not yet fetched: the old generation pays', async () => {
    const device = await payer.device()
    await device.operator('rotate')
    succeeded(await merchant.charge(await device.code()))
  })

  await check('fetched, not acknowledged: the old generation pays, and then the new', async () => {
    const { device, old, oldSeed } = await rotated()
    succeeded(await merchant.charge(text(device, old, 0)))
    succeeded(await merchant.charge(digits(device, old, 1)))
    succeeded(await merchant.charge(text(device, device.keys, 2)))
    declined(await merchant.charge(text(device, oldSeed, 3)), 'code_invalid')
    declined(await merchant.charge(digits(device, oldSeed, 4)), 'code_invalid')
  })

  await check('one slot is spent once over both generations', async () => {
    const { device, old } = await rotated()
    succeeded(await merchant.charge(text(device, old, 5)))
    declined(await merchant.charge(text(device, device.keys, 5)), 'code_used')
    declined(await merchant.charge(digits(device, device.keys, 5)), 'code_used')
  })

  await check('acknowledged by a sync that names it: the old generation is refused', async () => {
    const { device, oldSeed } = await rotated()
    await device.sync({ generation: 2 })
    assert.equal(device.generation, 2)
    declined(await merchant.charge(text(device, oldSeed, 6)), 'code_invalid')
    succeeded(await merchant.charge(text(device, device.keys, 7)))
  })

  await check('a sync that acknowledges nothing brings the pending seed again, the same', async () => {
    const { device } = await rotated()
    const { seed } = device
    const again = await device.sync()
    assert.equal(again.generation, 2)
    assert.ok(again.seed_sealed, 'a lost answer must not lose the seed')
    assert.ok(device.seed.equals(seed))
  })

  await check('an acknowledgement of a generation never given changes nothing', async () => {
    for (const generation of [3, 0, -1, 1 << 30]) {
      const { device, old } = await rotated()
      await device.call('POST', '/v1/device/sync', { generation })
      succeeded(await merchant.charge(text(device, old, 8)))
    }
  })

  await check('the old alias pays until the new one was used', async () => {
    const device = await payer.device()
    const old = device.keys
    await device.sync()
    assert.notEqual(device.alias, old.alias)
    await roomInWindow(device, 8)
    succeeded(await merchant.charge(text(device, old, 0)))
    succeeded(await merchant.charge(digits(device, old, 1)))
    succeeded(await merchant.charge(text(device, device.keys, 2)))
    declined(await merchant.charge(text(device, old, 3)), 'code_invalid')
    declined(await merchant.charge(digits(device, old, 4)), 'code_invalid')
    succeeded(await merchant.charge(digits(device, device.keys, 5)))
  })

  await check('a sync that names the new alias retires the old one', async () => {
    const device = await payer.device()
    const old = device.keys
    await device.sync()
    const named = device.keys
    await device.sync({ alias: String(named.alias) })
    await roomInWindow(device, 8)
    declined(await merchant.charge(text(device, old, 0)), 'code_invalid')
    succeeded(await merchant.charge(text(device, named, 1)))
    succeeded(await merchant.charge(text(device, device.keys, 2)))
    declined(await merchant.charge(text(device, named, 3)), 'code_invalid')
  })

  await check('syncs whose answers are lost, 8 in a row: the alias that the device holds still pays', async () => {
    const device = await payer.device()
    for (let lost = 1; lost <= 8; lost++) {
      expectStatus(await device.call('POST', '/v1/device/sync', {}), 200)
      const answer = await merchant.charge(await device.code(lost % 2 ? 'text' : 'digits'))
      assert.equal(answer.body.status, 'succeeded', `after ${lost}: ${brief(answer)}`)
    }
  })

  await check('one slot is spent once over both aliases', async () => {
    const device = await payer.device()
    const old = device.keys
    await device.sync()
    await roomInWindow(device, 8)
    succeeded(await merchant.charge(text(device, old, 6)))
    declined(await merchant.charge(text(device, device.keys, 6)), 'code_used')
    declined(await merchant.charge(digits(device, device.keys, 6)), 'code_used')
  })

  const mint = async (device) => {
    const got = expectStatus(await device.call('POST', '/v1/device/codes', {}), 200, 201)
    assert.match(got.code, /^71\d{16}$/)
    assert.ok(Date.parse(got.expires_at) > Date.now(), got.expires_at)
    assert.ok(Date.parse(got.expires_at) < Date.now() + 10 * 60_000, got.expires_at)
    return got.code
  }

  await check('an online code pays once', async () => {
    const device = await payer.device()
    const code = await mint(device)
    assert.equal(succeeded(await merchant.charge(code)).method, 'online')
    declined(await merchant.charge(code), 'code_used')
  })

  await check('minting retires the code before', async () => {
    const device = await payer.device()
    const [first, second] = [await mint(device), await mint(device)]
    assert.notEqual(first, second)
    declined(await merchant.charge(first), 'code_invalid', 'code_expired', 'code_used')
    succeeded(await merchant.charge(second))
  })

  await check("minting does not retire another device's code", async () => {
    const [a, b] = await payer.devices(2)
    const code = await mint(a)
    await mint(b)
    succeeded(await merchant.charge(code))
  })

  await check('16 tills with one online code: one is paid', async () => {
    const code = await mint(await payer.device())
    const answers = await Promise.all(Array.from({ length: 16 }, () => merchant.charge(code)))
    assert.deepEqual(countBy(answers, outcomeOf), { succeeded: 1, code_used: 15 })
  })

  await check('an online code nobody minted is code_invalid', async () => {
    declined(await merchant.charge('711234567890123456'), 'code_invalid')
  })

  await check('a frozen device mints nothing, and what it minted does not pay', async () => {
    const device = await payer.device()
    const code = await mint(device)
    await device.operator('freeze')
    declined(await merchant.charge(code), 'device_frozen')
    refused(await device.call('POST', '/v1/device/codes', {}), [401, 403, 409])
    await device.operator('unfreeze')
    await mint(device)
  })

  await check('the books balance', () => world.assertBalanced())
})
