import test from 'node:test';
import assert from 'node:assert/strict';
import { kindOfCode } from './code.js';
import { issuerOf, wrongClock } from './issuer.js';
import { newOrderNo } from './orders.js';
import { words } from './words.js';

const at = Date.parse('2026-11-21T22:00:17Z');
const answer = { keys: [{ kid: '1' }], server_time: '2026-11-21T22:00:17Z' };

test('the issuer is believed when its answer is whole and quick', () => {
  assert.deepEqual(issuerOf(answer, at - 1000, at + 1000), { keys: answer.keys, passedMs: at + 1000, off: false });
  assert.equal(issuerOf(answer, at + 31_000, at + 33_000).off, true);
  assert.equal(issuerOf(answer, at - 33_000, at - 31_000).off, true);
  for (const [body, sent, heard] of [
    [{ ...answer, keys: [] }, at, at], [{ ...answer, keys: [{}] }, at, at], [{ keys: answer.keys }, at, at], [null, at, at], ['<html>', at, at],
    [answer, at, at + 6_001], [answer, at, at - 1],
  ]) assert.equal(issuerOf(body, sent, heard), null, JSON.stringify([body, sent, heard]));
});

test('a clock that is wrong is told', () => {
  assert.equal(wrongClock({ passedMs: at, off: false }, at - 5_000), null);
  assert.equal(wrongClock({ passedMs: at, off: false }, at - 5_001), 'clock_behind');
  assert.equal(wrongClock({ passedMs: at, off: true }, at), 'clock_off');
});

test('a receipt is no payment code', () => {
  assert.equal(kindOfCode('PR1:PWGSLKC 4%Q8000B90'), 'receipt');
  assert.equal(kindOfCode(' pr1:X'), 'receipt');
});

test('an order number fits into a shop\'s code', () => {
  assert.equal(newOrderNo('T7K3QX', new Date()).length, 25);
});

test('every outcome of a receipt has its words in both languages', () => {
  for (const code of ['malformed', 'unknown_issuer', 'addressee', 'amount', 'stale', 'signature', 'seen'].map((word) => `receipt_${word}`).concat('clock_behind', 'clock_off', 'till_cannot_remember')) {
    for (const language of Object.values(words)) assert.ok(language[`why_${code}`] && language[`todo_${code}`], code);
  }
});
