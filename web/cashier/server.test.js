import test from 'node:test';
import assert from 'node:assert/strict';
import { asPayment, makeServer, readAnswer } from './server.js';
import { newOrderNo, newRefundNo, newTillId } from './orders.js';

const JSON_TYPE = 'application/json; charset=utf-8';
const PROBLEM = 'application/problem+json';

test('only our server\'s own words are an answer', () => {
  const cases = [
    [200, JSON_TYPE, '{"id":"pay_1"}', { kind: 'ok', body: { id: 'pay_1' } }],
    [201, JSON_TYPE, '{}', { kind: 'ok', body: {} }],
    [404, PROBLEM, '{"code":"order_not_found"}', { kind: 'absent' }],
    [409, PROBLEM, '{"code":"order_conflict"}', { kind: 'problem', status: 409, code: 'order_conflict' }],
    [404, 'text/html', '<h1>nginx</h1>', { kind: 'lost', why: 'not_our_server' }],
    [404, JSON_TYPE, '{"message":"no route"}', { kind: 'lost', why: 'not_our_server' }],
    [403, PROBLEM, '[]', { kind: 'lost', why: 'not_our_server' }],
    [200, 'text/html', '<h1>Welcome to the hotel</h1>', { kind: 'lost', why: 'not_our_server' }],
    [200, null, '{}', { kind: 'lost', why: 'not_our_server' }],
    [200, JSON_TYPE, '{"id":"pa', { kind: 'lost', why: 'cut_off' }],
    [429, PROBLEM, '{"code":"slow_down"}', { kind: 'lost', why: 'server_busy' }],
    [408, PROBLEM, '{"code":"timeout"}', { kind: 'lost', why: 'server_busy' }],
    [500, PROBLEM, '{"code":"internal"}', { kind: 'lost', why: 'server_busy' }],
    [503, 'text/plain', '', { kind: 'lost', why: 'server_busy' }],
  ];
  for (const [status, type, text, want] of cases) {
    assert.deepEqual(readAnswer(status, type, text), want, `${status} ${type} ${text}`);
  }
});

test('an answer about another order is no answer', () => {
  const ok = { kind: 'ok', body: { id: 'pay_1', status: 'succeeded', order_no: 'A' } };
  assert.equal(asPayment(ok, 'A').kind, 'payment');
  assert.equal(asPayment(ok, null).kind, 'payment');
  assert.equal(asPayment(ok, 'B').kind, 'lost');
  assert.equal(asPayment({ kind: 'ok', body: null }, 'A').kind, 'lost');
  assert.equal(asPayment({ kind: 'ok', body: { payments: [] } }, 'A').kind, 'lost');
  assert.equal(asPayment({ kind: 'absent' }, 'A').kind, 'absent');
});

function answering(status, type, text, seen = []) {
  const fetch = async (path, init) => { seen.push({ path, ...init }); return { status, headers: new Headers({ 'content-type': type }), text: async () => text }; };
  return { server: makeServer('mk_test', { fetch }), seen };
}

test('a charge says what the contract says, with the key in the header only', async () => {
  const { server, seen } = answering(201, JSON_TYPE, '{"id":"pay_1","order_no":"T1-1","status":"succeeded"}');
  const answer = await server.charge({ orderNo: 'T1-1', code: '701234567893326376', amountMinor: 1250, currency: 'CNY', terminalId: 'T1' });
  assert.equal(answer.kind, 'payment');
  assert.equal(seen[0].method, 'POST');
  assert.equal(seen[0].path, '/v1/payments');
  assert.equal(seen[0].headers.authorization, 'Bearer mk_test');
  assert.deepEqual(JSON.parse(seen[0].body), { order_no: 'T1-1', code: '701234567893326376', amount: 1250, currency: 'CNY', terminal_id: 'T1' });
});

test('numbers in a path are escaped', async () => {
  const { server, seen } = answering(404, PROBLEM, '{"code":"order_not_found"}');
  await server.ask('A&b=1');
  await server.cancelOrder('../x');
  assert.deepEqual(seen.map(({ path }) => path), ['/v1/payments?order_no=A%26b%3D1', '/v1/orders/..%2Fx/cancel']);
});

test('a network that fails, or does not answer in time, is lost and never throws', async () => {
  const failing = (error) => makeServer('mk_test', { fetch: async () => { throw error; } });
  assert.deepEqual(await failing(new TypeError('Failed to fetch')).ask('A'), { kind: 'lost', why: 'no_connection' });
  assert.deepEqual(await failing(new DOMException('late', 'TimeoutError')).ask('A'), { kind: 'lost', why: 'no_answer_in_time' });
});

test('a statement is CSV or it is not a statement', async () => {
  assert.deepEqual(await answering(200, 'text/csv; charset=utf-8', 'a,b\n').server.statement('2026-11-21'), { kind: 'ok', body: 'a,b\n' });
  assert.equal((await answering(200, 'text/html', '<p>').server.statement('2026-11-21')).kind, 'lost');
});

test('order numbers fit any till software, and differ within one second', () => {
  const till = newTillId();
  const at = new Date(2026, 10, 21, 9, 5, 7);
  const made = new Set(Array.from({ length: 200 }, () => newOrderNo(till, at)));
  assert.equal(made.size, 200);
  for (const orderNo of made) {
    assert.match(orderNo, /^T[0-9A-HJKMNP-TV-Z]{5}-261121090507-[0-9A-HJKMNP-TV-Z]{5}$/);
    assert.ok(newRefundNo(orderNo).length <= 32);
  }
});
