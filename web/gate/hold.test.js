import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hold, OUT_OF_SIGHT_MS, mistakenFor } from './hold.js';

test('a code that is held is one tap', () => {
  const hold = new Hold();
  let now = 1000;
  assert.equal(hold.isNew('a', now), true);
  for (let i = 0; i < 10; i++) assert.equal(hold.isNew('a', now += 1500), false);
  assert.equal(hold.isNew('a', now += OUT_OF_SIGHT_MS), true);
});

test('another code is another tap, at once', () => {
  const hold = new Hold();
  assert.equal(hold.isNew('a', 0), true);
  assert.equal(hold.isNew('b', 10), true);
  assert.equal(hold.isNew('b', 20), false);
});

test('a payment code is told from what is no code at all', () => {
  assert.equal(mistakenFor('701234567893326376'), 'payment');
  assert.equal(mistakenFor('PC10400EPYD2M0WH43R0EGH078DWWWX4GCT9Z86M9HKQ9Z0'), 'payment');
  for (const text of ['PP1:6BF', 'https://example.com', '', '1234']) assert.equal(mistakenFor(text), '');
});
