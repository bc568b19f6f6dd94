import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mistakenFor } from './mistaken.js';

test('a payment code is told from what is no code at all', () => {
  assert.equal(mistakenFor('701234567893326376'), 'payment');
  assert.equal(mistakenFor('PC10400EPYD2M0WH43R0EGH078DWWWX4GCT9Z86M9HKQ9Z0'), 'payment');
  for (const text of ['PP1:6BF', 'https://example.com', '', '1234']) assert.equal(mistakenFor(text), '');
});
