// Broken requests for every call that /openapi.json names: each is refused with a problem, none changes anything.
import assert from 'node:assert/strict'
import { expectStatus, succeeded } from '../answers.mjs'
import { brokenBodies, brokenIDs, brokenMembers } from '../broken.mjs'
import { group } from '../check.mjs'
import { Device } from '../device.mjs'
import { bearer, problemWith } from '../http.mjs'
import { describe } from '../openapi.mjs'
import { CURRENCY, fresh } from '../world.mjs'

const SHOWN = 12

/** What api.md promises: each must be in /openapi.json under the same path, whatever its parameters are called. */
const promised = `
POST /v1/payers|GET /v1/payers/{}|POST /v1/payers/{}/topups|PUT /v1/payers/{}/limits|POST /v1/payers/{}/tickets
POST /v1/devices/{}/freeze|POST /v1/devices/{}/unfreeze|POST /v1/devices/{}/revoke|POST /v1/devices/{}/rotate
POST /v1/merchants|POST /v1/merchants/{}/keys|POST /v1/merchants/{}/wechat|POST /v1/gates|GET /v1/ledger/audit
POST /v1/devices|POST /v1/device/sync|POST /v1/device/codes|GET /v1/device/payments|GET /v1/device/events
POST /v1/device/payments/{}/confirm|POST /v1/device/payments/{}/reject
POST /v1/payments|GET /v1/payments/{}|GET /v1/payments|POST /v1/payments/{}/cancel|POST /v1/orders/{}/cancel
POST /v1/payments/{}/refunds|GET /v1/statements/{}|POST /v1/webhooks|PATCH /v1/webhooks/{}|POST /v1/webhooks/{}/secret
GET /v1/webhooks/{}/deliveries|POST /v1/webhooks/{}/deliveries/{}/redeliver|POST /v1/webhooks/{}/redeliver
POST /v1/device/pay|GET /v1/gate/config|GET /v1/gate/denylist|POST /v1/gate/taps`.trim().split(/[|\n]/)

export default group('malformed', async (check, world) => {
  const { server } = world
  const description = await describe(server)
  const victim = await makeVictim(world)
  const before = await victim.state()

  await check('the server describes every call of the contract, in OpenAPI 3.1', () => {
    assert.match(description.document.openapi, /^3\.1\./)
    const named = new Set(description.calls.map((c) => c.name.replace(/\{[^}]*\}/g, '{}')))
    assert.deepEqual(promised.filter((p) => !named.has(p)), [])
  })

  await check('readable docs are at /docs, from this host alone', async () => {
    let answer = await server.call('GET', '/docs')
    if ([301, 302, 303, 307, 308].includes(answer.status)) answer = await server.call('GET', new URL(answer.headers.get('location'), `${server.base}/docs`).pathname)
    expectStatus(answer, 200)
    assert.match(answer.headers.get('content-type'), /^text\/html/)
    const loads = [...answer.text.matchAll(/<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="(https?:)?\/\/[^"]+"/g)].map((m) => m[0])
    assert.deepEqual(loads, [])
  })

  for (const call of description.calls) {
    const valid = victim.bodies[call.name.replace(/\{[^}]*\}/g, '{}')]
    if (valid) await check(`${call.name}: broken bodies`, () => refusesAll(world, victim, call, bodiesFor(call, valid())))
    if (call.path.includes('{')) await check(`${call.name}: broken ids`, () => refusesIDs(world, victim, call))
  }

  await check('every call with a required body was tried', () => {
    const untried = description.calls.filter((c) => c.bodyRequired && !victim.bodies[c.name.replace(/\{[^}]*\}/g, '{}')])
    assert.deepEqual(untried.map((c) => c.name).filter((n) => !n.startsWith('POST /v1/gate/')), [])
  })

  await check('broken queries', async () => {
    const asked = ['/v1/payments', '/v1/payments?order_no=', `/v1/payments?order_no=${'x'.repeat(5000)}`, '/v1/payments?order_no=%00', '/v1/payments?order_no=%ff',
      '/v1/statements/2026-13-01', '/v1/statements/2026-02-30', '/v1/statements/today', '/v1/statements/-1', '/v1/statements/2026-1-1']
    const wrong = []
    for (const path of asked) note(wrong, path, await server.call('GET', path, { headers: bearer(victim.merchant.key) }), path !== '/v1/payments')
    for (const query of ['cursor=garbage', 'cursor=%00', `cursor=${'A'.repeat(3000)}`, 'limit=-1', 'limit=x', 'limit=99999999999999999999']) {
      const path = `/v1/device/payments?${query}`
      const headers = victim.device.credentials('GET', '/v1/device/payments')
      note(wrong, path, await server.call('GET', path, { headers }), query.startsWith('cursor'))
    }
    assert.deepEqual(wrong, [])
  })

  await check('unknown paths are 404, known paths with other methods 405', async () => {
    for (const path of ['/v1', '/v1/', '/v1/nothing', '/v1/payments/x/y/z', '/v2/payments']) {
      expectStatus(await server.call('GET', path, { headers: bearer(world.operatorKey) }), 404)
    }
    for (const path of ['/v1/payers', '/v1/payments', '/v1/devices', '/v1/device/sync', '/v1/ledger/audit']) {
      const answer = await server.call('DELETE', path, { headers: bearer(world.operatorKey) })
      expectStatus(answer, 405)
      assert.ok(answer.headers.get('allow'), `no Allow header (RFC 9110 15.5.6): DELETE ${path}`)
    }
  })

  await check('the largest amounts neither wrap nor break anything', async () => {
    const payer = await world.payer({ money: 0 })
    const most = [Number.MAX_SAFE_INTEGER]
    for (const amount of [...most, ...most]) await payer.topUp(amount)
    const top = '9223372036854775807'
    for (const reference of ['a', 'b']) {
      await server.call('POST', `/v1/payers/${payer.id}/topups`, { raw: `{"reference":"${reference}","amount":${top}}`, headers: bearer(world.operatorKey) })
    }
    const answer = await world.asOperator('GET', `/v1/payers/${payer.id}`)
    assert.ok(expectStatus(answer, 200).balance.amount >= 0, answer.text)
    await world.assertBalanced()
  })

  await check('none of it changed anything', async () => assert.deepEqual(await victim.state(), before))

  await check('the code, the ticket and the references sent with it are still good', async () => {
    succeeded(await victim.merchant.charge(victim.code, { order_no: victim.orderNo }))
    expectStatus(await new Device(world, victim.payer).enrol({ ticket: victim.ticket }), 200, 201)
    expectStatus(await victim.payer.topUp(5, victim.reference), 200, 201)
    expectStatus(await victim.merchant.refund(victim.payment.id, 5, victim.refundNo), 200, 201)
    assert.equal(await victim.payer.balance(), before.balance - 100 + 5 + 5)
    await world.assertBalanced()
  })
})

/** One of each: what the broken requests would change, were they not refused. */
async function makeVictim(world) {
  const merchant = await world.merchant()
  const payer = await world.payer()
  const device = await payer.device()
  const payment = succeeded(await merchant.charge(await device.code(), { amount: 1000 }))
  const [orderNo, reference, refundNo] = [fresh('order'), fresh('topup'), fresh('refund')]
  const code = device.text(device.slot(9, 1))
  const ticket = await payer.ticket()
  const hook = expectStatus(await merchant.call('POST', '/v1/webhooks', { url: 'https://shop.example/hook' }), 201)
  const keys = new Device(world, payer)
  const bodies = {
    'POST /v1/payers': () => ({ external_id: fresh('payer'), currency: CURRENCY, name: 'X' }),
    'POST /v1/payers/{}/topups': () => ({ reference, amount: 5 }),
    'PUT /v1/payers/{}/limits': () => ({ per_payment: 1, per_day: 2, count_per_day: 3, confirm_above: 4 }),
    'PUT /v1/payers/{}/credit': () => ({ limit: 5 }),
    'POST /v1/merchants': () => ({ name: 'Y', currency: CURRENCY }),
    'POST /v1/merchants/{}/wechat': () => ({ api_key: 'k'.repeat(32) }),
    'PUT /v1/merchants/{}/fee': () => ({ fee_bp: 60 }),
    'POST /v1/merchants/{}/payouts': () => ({ payout_no: fresh('payout'), amount: 1, currency: CURRENCY, reference: 'r' }),
    'POST /v1/gates': () => ({ name: 'G', line: 'L1', station: 'S' }),
    'POST /v1/devices': () => ({ ticket, kind: 'phone', name: 'Z', public_key: keys.key.jwk, seal_key: keys.sealKey.jwk }),
    'POST /v1/device/pay': () => ({ merchant_qr: 'nonsense', amount: 5, reference }),
    'POST /v1/payments': () => ({ order_no: orderNo, code, amount: 100, currency: CURRENCY, subject: 's', terminal_id: 't' }),
    'POST /v1/payments/{}/refunds': () => ({ refund_no: refundNo, amount: 5, reason: 'r' }),
    'POST /v1/webhooks': () => ({ url: 'https://shop.example/hook', events: ['payment.succeeded'] }),
    'PATCH /v1/webhooks/{}': () => ({ url: 'https://shop.example/hook', events: ['payment.succeeded'], enabled: true }),
    'POST /v1/webhooks/{}/redeliver': () => ({ since: '2026-11-21T00:00:00Z' }),
  }
  const state = async () => {
    const { balance: { amount: balance }, credit, limits, devices } = await payer.read()
    const { status, refunded } = await merchant.payment(payment.id)
    return { balance, credit, limits, devices: devices.map((d) => [d.id, d.status, d.state, d.frozen]), status, refunded, order: await merchant.order(orderNo) }
  }
  return { merchant, payer, device, payment, hook, orderNo, reference, refundNo, code, ticket, bodies, state }
}

function bodiesFor(call, valid) {
  return { ...brokenBodies(valid), ...brokenMembers(valid, call.members), ...brokenWords(call.name) }
}

/** Members whose words are a closed list or have a form. */
function brokenWords(name) {
  const webhook = (url, events = ['payment.succeeded']) => ({ raw: JSON.stringify({ url, events }) })
  if (name !== 'POST /v1/webhooks') return {}
  return {
    'url: not a URL': webhook('not a url'), 'url: ftp': webhook('ftp://shop.example/'), 'url: a file': webhook('file:///etc/passwd'),
    'url: no host': webhook('https://'), 'events: unknown': webhook('https://shop.example/', ['no.such.event']), 'events: of numbers': webhook('https://shop.example/', [1]),
  }
}

/** The credentials that would be right, so that nothing but the breakage can be the reason. */
function rightCaller(world, victim, { method, path }, url) {
  if (path === '/v1/devices') return {}
  if (path.startsWith('/v1/device/')) return victim.device.credentials(method, url)
  if (/^\/v1\/(payers|devices|merchants|gates|ledger)\b/.test(path)) return bearer(world.operatorKey)
  return bearer(victim.merchant.key)
}

const idFor = (victim, path) => {
  if (path.startsWith('/v1/payers/')) return victim.payer.id
  if (path.startsWith('/v1/devices/')) return victim.device.id
  if (path.startsWith('/v1/merchants/')) return victim.merchant.id
  if (path.startsWith('/v1/webhooks/')) return victim.hook.id
  return victim.payment.id
}

async function refusesAll(world, victim, call, bodies) {
  const url = call.path.replace(/\{[^}]*\}/g, () => idFor(victim, call.path))
  const wrong = []
  for (const [what, { raw, headers }] of Object.entries(bodies)) {
    if (!call.bodyRequired && what === 'an empty body') continue
    const answer = await world.server.call(call.method, url, {
      raw, headers: { 'Content-Type': 'application/json', ...rightCaller(world, victim, call, url), ...headers }, what: `${call.name} with ${what}`,
    })
    note(wrong, what, answer, true)
  }
  assert.deepEqual(wrong.slice(0, SHOWN), [], `${wrong.length} of ${Object.keys(bodies).length} were not refused as promised`)
}

async function refusesIDs(world, victim, call) {
  if (call.path.startsWith('/v1/orders/')) return // any printable word may be an order number
  const valid = victim.bodies[call.name.replace(/\{[^}]*\}/g, '{}')]
  const wrong = []
  for (const id of brokenIDs) {
    const url = call.path.replace(/\{[^}]*\}/g, id)
    const json = call.method === 'GET' ? undefined : valid?.() ?? {}
    const htu = new URL(world.server.base + url).pathname
    const answer = await world.server.call(call.method, url, { json, headers: rightCaller(world, victim, call, htu), what: `${call.name} with id ${id.slice(0, 40)}` })
    note(wrong, id.slice(0, 40), answer, true)
  }
  assert.deepEqual(wrong.slice(0, SHOWN), [], `${wrong.length} of ${brokenIDs.length} were not refused as promised`)
}

function note(wrong, what, answer, mustRefuse) {
  if (mustRefuse && answer.status < 400) wrong.unshift(`${what}: accepted: ${answer.status} ${answer.text.slice(0, 120)}`)
  else if (problemWith(answer)) wrong.push(`${what.slice(0, 80)}: ${problemWith(answer)}`)
}
