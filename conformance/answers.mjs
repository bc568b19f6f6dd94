// What is asserted of answers: their status, what became of the payment, why one was declined.
import assert from 'node:assert/strict'
import { brief } from './http.mjs'

export function expectStatus(answer, ...statuses) {
  assert.ok(statuses.includes(answer.status), `wanted ${statuses.join(' or ')}: ${brief(answer)}`)
  return answer.body
}

/** Asserts that money moved, and answers the payment. */
export function succeeded(answer, ...statuses) {
  const payment = expectStatus(answer, ...(statuses.length ? statuses : [201]))
  assert.equal(payment.status, 'succeeded', brief(answer))
  return payment
}

/** Asserts a decline for one of these reasons, and answers the payment. */
export function declined(answer, ...reasons) {
  const payment = expectStatus(answer, 200, 201)
  assert.equal(payment.status, 'declined', brief(answer))
  assert.ok(reasons.includes(payment.decline_code), `wanted ${reasons.join(' or ')}: ${brief(answer)}`)
  return payment
}

/** Asserts a refusal by status, with a problem's code where one is promised. */
export function refused(answer, statuses, code) {
  expectStatus(answer, ...statuses)
  if (code) assert.equal(answer.body?.code, code, brief(answer))
  return answer.body
}

export function countBy(list, name) {
  const counts = {}
  for (const item of list) counts[name(item)] = (counts[name(item)] ?? 0) + 1
  return counts
}

export function outcomeOf({ status, body }) {
  if (status >= 400) return `http ${status} ${body?.code}`
  return body?.decline_code || body?.status || `http ${status}`
}
