// Webhooks by the Standard Webhooks convention, checked by a receiver of its own.
// The server must be allowed to call this machine (--webhook-loopback).
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { expectStatus, succeeded } from '../answers.mjs'
import { group, sleep, until } from '../check.mjs'

const RETRY_MS = 30_000
const TOLERANCE_S = 300

export default group('webhooks', async (check, world) => {
  const receiver = await Receiver.start()
  const [merchant, other] = await world.merchants(2)
  const device = await (await world.payer()).device()
  const hook = expectStatus(await merchant.call('POST', '/v1/webhooks', { url: receiver.url, events: ['payment.succeeded', 'payment.refunded'] }), 201)
  const payment = succeeded(await merchant.charge(await device.code(), { amount: 1234 }))

  await check('an event arrives, signed with the secret that was shown once', async () => {
    const request = await receiver.await(payment.id)
    assert.match(hook.secret, /^whsec_/)
    verify(hook.secret, request)
    assert.match(request.headers['content-type'], /^application\/json/)
    assert.equal(JSON.parse(request.body).type, 'payment.succeeded')
    const list = await merchant.call('GET', '/v1/webhooks')
    assert.ok(!list.text.includes(hook.secret), 'the secret is shown again')
  })

  await check('a delivery that fails is tried again, under the same id, signed anew', async () => {
    receiver.failures = 1
    const p = succeeded(await merchant.charge(await device.code()))
    const requests = await until('the second try', RETRY_MS, () => {
      const tries = receiver.requests.filter((r) => r.body.includes(p.id))
      return tries.length >= 2 && tries
    })
    assert.equal(new Set(requests.map((r) => r.headers['webhook-id'])).size, 1)
    for (const r of requests) verify(hook.secret, r)
    await sleep(1500)
    assert.equal(receiver.requests.filter((r) => r.body.includes(p.id)).length, 2, 'sent again after it was accepted')
  }, RETRY_MS + 10_000)

  await check('a secret is replaced without a gap: both sign', async () => {
    const next = expectStatus(await merchant.call('POST', `/v1/webhooks/${hook.id}/secret`), 200)
    assert.match(next.secret, /^whsec_/)
    assert.notEqual(next.secret, hook.secret)
    assert.ok(Date.parse(next.old_until) - Date.now() > 23 * 3600_000, next.old_until)
    const p = succeeded(await merchant.charge(await device.code()))
    const request = await receiver.await(p.id)
    verify(hook.secret, request)
    verify(next.secret, request)
  })

  await check('the log shows each attempt, in pages, and an event is sent again', async () => {
    const { event_id: id } = await until('a delivery of two attempts', 10_000, async () => {
      const { deliveries } = expectStatus(await merchant.call('GET', `/v1/webhooks/${hook.id}/deliveries`), 200)
      return deliveries.find((d) => d.state === 'delivered' && d.attempts === 2 && d.tries.length === 2 && d.tries[0].answer.startsWith('500') && d.tries[1].answer.startsWith('204'))
    })
    const first = expectStatus(await merchant.call('GET', `/v1/webhooks/${hook.id}/deliveries?limit=1`), 200)
    const second = expectStatus(await merchant.call('GET', `/v1/webhooks/${hook.id}/deliveries?limit=1&cursor=${first.next_cursor}`), 200)
    assert.ok(second.deliveries[0].event_id < first.deliveries[0].event_id)
    const before = receiver.requests.filter((r) => r.headers['webhook-id'] === id)
    expectStatus(await merchant.call('POST', `/v1/webhooks/${hook.id}/deliveries/${id}/redeliver`), 202)
    const again = await until('the event once more', 10_000, () => {
      const all = receiver.requests.filter((r) => r.headers['webhook-id'] === id)
      return all.length > before.length && all.at(-1)
    })
    verify(hook.secret, again)
    assert.equal(again.body, before[0].body)
  })

  await check('a stopped webhook hears what it missed when it is asked for', async () => {
    const since = new Date().toISOString()
    expectStatus(await merchant.call('PATCH', `/v1/webhooks/${hook.id}`, { enabled: false }), 200)
    const p = succeeded(await merchant.charge(await device.code()))
    await until('the delivery is given up', 10_000, async () => {
      const { deliveries } = expectStatus(await merchant.call('GET', `/v1/webhooks/${hook.id}/deliveries?limit=1`), 200)
      return deliveries[0].state === 'failed' && deliveries[0].attempts === 0
    })
    expectStatus(await merchant.call('POST', `/v1/webhooks/${hook.id}/redeliver`, { since }), 409)
    assert.ok(!receiver.requests.some((r) => r.body.includes(p.id)))
    assert.equal(expectStatus(await merchant.call('PATCH', `/v1/webhooks/${hook.id}`, { enabled: true }), 200).url, receiver.url)
    assert.equal(expectStatus(await merchant.call('POST', `/v1/webhooks/${hook.id}/redeliver`, { since }), 202).redelivered, 1)
    await receiver.await(p.id)
  })

  await check('only what was asked for, and only of this merchant', async () => {
    const foreign = succeeded(await other.charge(await device.code()))
    expectStatus(await merchant.cancel(succeeded(await merchant.charge(await device.code())).id), 200)
    expectStatus(await merchant.refund(payment.id, 34), 201)
    await until('payment.refunded', 10_000, () => receiver.requests.some((r) => JSON.parse(r.body).type === 'payment.refunded'))
    assert.ok(!receiver.requests.some((r) => r.body.includes(foreign.id)), "another merchant's payment")
    const types = new Set(receiver.requests.map((r) => JSON.parse(r.body).type))
    assert.deepEqual([...types].sort(), ['payment.refunded', 'payment.succeeded'])
  })

  await check('a deleted webhook hears nothing more', async () => {
    expectStatus(await merchant.call('DELETE', `/v1/webhooks/${hook.id}`), 204)
    const p = succeeded(await merchant.charge(await device.code()))
    await sleep(1500)
    assert.ok(!receiver.requests.some((r) => r.body.includes(p.id)))
  })

  await receiver.stop()
})

/** Standard Webhooks: v1 is HMAC-SHA256 over id.timestamp.body with the base64 part of the secret. */
function verify(secret, { headers, body }) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers
  assert.ok(id && timestamp && signatures, JSON.stringify(headers))
  assert.ok(Math.abs(Date.now() / 1000 - Number(timestamp)) < TOLERANCE_S, timestamp)
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const want = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  assert.ok(signatures.split(' ').includes(`v1,${want}`), 'the signature does not verify')
}

/** A shop's server, which can be told to fail a number of times, each at an event that it has not heard of yet: an old one may come twice. */
class Receiver {
  requests = []
  failures = 0

  static async start() {
    const receiver = new Receiver()
    receiver.server = createServer((req, res) => receiver.take(req, res))
    await new Promise((done) => receiver.server.listen(0, '127.0.0.1', done))
    receiver.url = `http://127.0.0.1:${receiver.server.address().port}/hook`
    return receiver
  }

  async take(req, res) {
    const chunks = []
    for await (const chunk of req) chunks.push(chunk)
    const known = this.requests.some((r) => r.headers['webhook-id'] === req.headers['webhook-id'])
    this.requests.push({ headers: req.headers, body: Buffer.concat(chunks).toString() })
    const fails = !known && this.failures > 0
    if (fails) this.failures--
    res.writeHead(fails ? 500 : 204).end()
  }

  await(text) {
    return until('the delivery', 10_000, () => this.requests.find((r) => r.body.includes(text)))
  }

  async stop() {
    this.server.closeAllConnections()
    await new Promise((done) => this.server.close(done))
  }
}
