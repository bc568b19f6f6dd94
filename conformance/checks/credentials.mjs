// Who may ask what: stolen tokens, proofs got wrong in every way, tickets, other people's payments.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { countBy, declined, expectStatus, refused, succeeded } from '../answers.mjs'
import { group } from '../check.mjs'
import { Device } from '../device.mjs'
import { newKey } from '../dpop.mjs'
import { bearer, brief } from '../http.mjs'

const PATH = '/v1/device/payments'
const HOUR_S = 3600
const now_s = () => Math.floor(Date.now() / 1000)

export default group('credentials', async (check, world) => {
  const { server } = world
  const [merchant, neighbour] = await world.merchants(2)
  const payer = await world.payer()
  const device = await payer.device()
  const ask = (headers, method = 'GET', path = PATH) => server.call(method, path, { headers })
  const withProof = (proof, token = device.accessToken) => ask({ Authorization: `DPoP ${token}`, DPoP: proof })

  await check('the right proof is accepted', async () => expectStatus(await withProof(device.proof('GET', PATH)), 200))

  const thief = newKey()
  const wrongProofs = {
    "a thief's key in the proof": { key: thief },
    "the device's key in the header, signed by a thief": { signer: thief },
    "a thief's key in the header, signed by the device": { header: { jwk: thief.jwk } },
    'another method': { claims: { htm: 'POST' } },
    'another path': { claims: { htu: `${server.base}/v1/device/sync` } },
    'another host': { claims: { htu: `http://pay.example${PATH}` } },
    'a path that only begins alike': { claims: { htu: `${server.base}${PATH}/x` } },
    'no htu': { claims: { htu: undefined } },
    'no htm': { claims: { htm: undefined } },
    'an hour old': { claims: { iat: now_s() - HOUR_S } },
    'an hour ahead': { claims: { iat: now_s() + HOUR_S } },
    'no iat': { claims: { iat: undefined } },
    'iat as text': { claims: { iat: 'now' } },
    'no jti': { claims: { jti: undefined } },
    'an empty jti': { claims: { jti: '' } },
    'wrong ath': { claims: { ath: createHash('sha256').update('other').digest('base64url') } },
    'no ath': { claims: { ath: undefined } },
    'alg none': { alg: 'none' },
    'alg HS256 with the public key as secret': { alg: 'HS256' },
    'ES256 named ES384': { header: { alg: 'ES384' } },
    'another typ': { header: { typ: 'JWT' } },
    'no jwk': { header: { jwk: undefined } },
    'a private key in the header': { header: { jwk: device.key.full } },
    'a P-384 key in the header': { header: { jwk: newKey('P-384').jwk } },
    'an unknown crit': { header: { crit: ['exp'], exp: 0 } },
  }
  for (const [what, changes] of Object.entries(wrongProofs)) {
    await check(`a proof with ${what} is refused`, async () => {
      refused(await withProof(device.proof('GET', PATH, changes)), [401])
    })
  }

  const rubbish = ['', '.', '..', 'a.b.c', 'x'.repeat(5000), 'e30.e30.', `${'e30.'.repeat(5)}e30`]
  await check('proofs of rubbish are refused', async () => {
    for (const p of rubbish) refused(await withProof(p), [400, 401, 431])
  })

  await check('a signature with one bit changed is refused', async () => {
    const [h, p, s] = device.proof('GET', PATH).split('.')
    const bytes = Buffer.from(s, 'base64url')
    bytes[5] ^= 1
    refused(await withProof([h, p, bytes.toString('base64url')].join('.')), [401])
  })

  await check('a proof replayed is refused', async () => {
    const proof = device.proof('GET', PATH)
    expectStatus(await withProof(proof), 200)
    refused(await withProof(proof), [401])
  })

  await check('one proof raced 16 times is accepted once', async () => {
    const proof = device.proof('GET', PATH)
    const answers = await Promise.all(Array.from({ length: 16 }, () => withProof(proof)))
    assert.deepEqual(countBy(answers, (a) => a.status), { 200: 1, 401: 15 })
  })

  await check('two proofs in one request are refused', async () => {
    const headers = new Headers({ Authorization: `DPoP ${device.accessToken}` })
    headers.append('DPoP', device.proof('GET', PATH))
    headers.append('DPoP', device.proof('GET', PATH))
    refused(await ask(headers), [400, 401])
  })

  await check('a stolen access token is worth nothing: no proof, as Bearer, with the thief\'s key', async () => {
    refused(await ask({ Authorization: `DPoP ${device.accessToken}` }), [401])
    refused(await ask(bearer(device.accessToken)), [401])
    refused(await ask({ ...bearer(device.accessToken), DPoP: device.proof('GET', PATH) }), [401])
    for (const path of ['/v1/device/sync', '/v1/device/codes']) {
      const stolen = device.proof('POST', path, { key: thief })
      refused(await ask({ Authorization: `DPoP ${device.accessToken}`, DPoP: stolen }, 'POST', path), [401])
    }
  })

  await check("another device's token with this device's key is refused, and the reverse", async () => {
    const other = await payer.device()
    refused(await withProof(device.proof('GET', PATH, { accessToken: other.accessToken }), other.accessToken), [401])
    refused(await withProof(other.proof('GET', PATH, { accessToken: device.accessToken })), [401])
  })

  await check('no key, a mistyped key and rubbish keys are refused', async () => {
    const flipped = merchant.key.slice(0, -1) + (merchant.key.endsWith('a') ? 'b' : 'a')
    const keys = [flipped, merchant.key + 'x', merchant.key.slice(0, -3), merchant.key.toUpperCase(), 'mk_', 'mk_' + 'A'.repeat(40), ' ']
    for (const key of keys) refused(await ask(bearer(key), 'GET', '/v1/payments?order_no=x'), [401])
    refused(await ask({}, 'GET', '/v1/payments?order_no=x'), [401])
    refused(await ask({ Authorization: `Basic ${Buffer.from('a:b').toString('base64')}` }, 'GET', '/v1/payments?order_no=x'), [401])
  })

  await check("merchants do not see or touch each other's payments: 404", async () => {
    const p = succeeded(await merchant.charge(await device.code()))
    const before = await payer.balance()
    refused(await neighbour.call('GET', `/v1/payments/${p.id}`), [404])
    refused(await neighbour.cancel(p.id), [404])
    refused(await neighbour.refund(p.id, 10), [404])
    assert.equal(await neighbour.order(p.order_no), undefined)
    assert.equal((await merchant.payment(p.id)).status, 'succeeded')
    assert.equal(await payer.balance(), before)
  })

  await check("cancelling an order number does not reach another merchant's order", async () => {
    const p = succeeded(await merchant.charge(await device.code()))
    const before = await payer.balance()
    await neighbour.cancelOrder(p.order_no)
    assert.equal((await merchant.payment(p.id)).status, 'succeeded')
    assert.equal(await payer.balance(), before)
  })

  await check('a revoked key is refused, the other keys of the merchant go on', async () => {
    const shop = await world.merchant()
    const second = expectStatus(await world.asOperator('POST', `/v1/merchants/${shop.id}/keys`, {}), 200, 201)
    const listed = await world.asOperator('GET', `/v1/merchants/${shop.id}/keys`)
    assert.ok(!listed.text.includes(shop.key) && listed.text.includes(shop.key.slice(0, 8)), 'listed by the first 8 characters alone')
    expectStatus(await world.asOperator('DELETE', `/v1/merchants/${shop.id}/keys/${shop.key.slice(0, 8)}`), 204)
    refused(await shop.charge(await device.code()), [401])
    shop.key = second.key
    succeeded(await shop.charge(await device.code()))
  })

  await check('a suspended merchant charges nothing, and still gives money back', async () => {
    const shop = await world.merchant()
    const [a, b] = [succeeded(await shop.charge(await device.code())), succeeded(await shop.charge(await device.code()))]
    expectStatus(await world.asOperator('POST', `/v1/merchants/${shop.id}/suspend`), 200)
    const code = await device.code()
    declined(await shop.charge(code), 'merchant_suspended')
    expectStatus(await shop.refund(a.id, 10), 201)
    expectStatus(await shop.cancel(b.id), 200)
    expectStatus(await world.asOperator('POST', `/v1/merchants/${shop.id}/resume`), 200)
    succeeded(await shop.charge(code))
  })

  await check('each kind of caller is kept to its own calls', () => keptToTheirOwn(world, merchant, device))

  await check('a used ticket is refused', async () => {
    const ticket = await payer.ticket()
    expectStatus(await new Device(world, payer).enrol({ ticket }), 200, 201)
    const again = await new Device(world, payer).enrol({ ticket })
    refused(again, [400, 401, 403, 404, 409, 410, 422])
    assert.ok(again.body.code, brief(again))
  })

  await check('tickets of rubbish are refused, and a used one is not told from one never made', async () => {
    const real = await payer.ticket()
    const flipped = real.slice(0, -1) + (real.endsWith('a') ? 'b' : 'a')
    for (const ticket of ['', 'x', flipped, randomBytes(20).toString('base64url'), 'a'.repeat(3000)]) {
      refused(await new Device(world, payer).enrol({ ticket }), [400, 401, 403, 404, 409, 410, 422])
    }
    expectStatus(await new Device(world, payer).enrol({ ticket: real }), 200, 201)
  })

  await check('keys that are no P-256 public keys do not enrol, and leave the ticket unused', async () => {
    const ticket = await payer.ticket()
    const good = newKey().jwk
    const flat = { ...good, y: good.x }
    const bad = [null, {}, 'key', flat, { ...good, crv: 'P-384' }, newKey('P-384').jwk, newKey().full, { ...good, x: undefined }, { ...good, kty: 'RSA' }, { ...good, x: 'AA', y: 'AA' }]
    for (const key of bad) {
      for (const member of ['public_key', 'seal_key']) {
        refused(await new Device(world, payer).enrol({ ticket, [member]: key }), [400, 422])
      }
    }
    expectStatus(await new Device(world, payer).enrol({ ticket }), 200, 201)
  })

  await check('a frozen device: right codes say so, wrong ones do not, unfreezing makes it work again', async () => {
    const phone = await payer.device()
    const [first, second] = [await phone.code(), await phone.code('digits')]
    await phone.operator('freeze')
    for (const code of [first, second]) declined(await merchant.charge(code), 'device_frozen')
    const wrong = phone.text(phone.slot(9), { seed: Buffer.alloc(32), alias: phone.alias })
    declined(await merchant.charge(wrong), 'code_invalid')
    await phone.operator('unfreeze')
    for (const code of [first, second]) succeeded(await merchant.charge(code))
  })

  await check('a revoked device neither pays nor calls, and cannot be brought back; others of the payer go on', async () => {
    const [phone, watch] = await payer.devices(2)
    const code = await phone.code()
    await phone.operator('revoke')
    const answer = declined(await merchant.charge(code), 'code_invalid', 'device_frozen', 'device_expired')
    assert.ok(answer.decline_code)
    for (const path of ['/v1/device/sync', '/v1/device/codes']) {
      refused(await phone.call('POST', path, {}), [401, 403])
    }
    const back = await world.asOperator('POST', `/v1/devices/${phone.id}/unfreeze`, {})
    assert.ok(back.status < 500, brief(back))
    declined(await merchant.charge(await phone.code()), 'code_invalid', 'device_frozen', 'device_expired')
    succeeded(await merchant.charge(await watch.code()))
  })
})

async function keptToTheirOwn(world, merchant, device) {
  const calls = [
    ['operator', 'GET', `/v1/payers/${device.payer.id}`],
    ['operator', 'POST', `/v1/payers/${device.payer.id}/topups`],
    ['operator', 'POST', `/v1/devices/${device.id}/freeze`],
    ['operator', 'POST', '/v1/merchants'],
    ['operator', 'POST', `/v1/merchants/${merchant.id}/keys`],
    ['operator', 'GET', '/v1/ledger/audit'],
    ['merchant', 'POST', '/v1/payments'],
    ['merchant', 'GET', '/v1/payments?order_no=x'],
    ['merchant', 'POST', '/v1/orders/never-seen/cancel'],
    ['merchant', 'GET', '/v1/statements/2026-01-01'],
    ['device', 'POST', '/v1/device/sync'],
    ['device', 'POST', '/v1/device/codes'],
    ['device', 'GET', '/v1/device/payments'],
    ['device', 'GET', '/v1/device/events'],
  ]
  const credentials = {
    operator: () => bearer(world.operatorKey),
    merchant: () => bearer(merchant.key),
    device: (method, path) => device.credentials(method, path),
    nobody: () => ({}),
  }
  for (const [owner, method, path] of calls) {
    for (const [caller, make] of Object.entries(credentials)) {
      if (caller === owner) continue
      const json = method === 'POST' ? {} : undefined
      const answer = await world.server.call(method, path, { json, headers: make(method, path), what: `${method} ${path} by ${caller}` })
      refused(answer, [401, 403])
    }
  }
}
