import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hold, OUT_OF_SIGHT_MS } from './hold.js';

test('a code that is held is one', () => {
  const hold = new Hold();
  let now = 1000;
  assert.equal(hold.isNew('a', now), true);
  for (let i = 0; i < 10; i++) assert.equal(hold.isNew('a', now += 1500), false);
  assert.equal(hold.isNew('a', now += OUT_OF_SIGHT_MS), true);
});

test('a code that stays while nobody looks is the same', () => {
  const hold = new Hold();
  hold.isNew('a', 0);
  hold.stays(60_000);
  assert.equal(hold.isNew('a', 61_000), false);
  assert.equal(hold.isNew('b', 61_500), true);
});

test('another code is another, at once', () => {
  const hold = new Hold();
  assert.equal(hold.isNew('a', 0), true);
  assert.equal(hold.isNew('b', 10), true);
  assert.equal(hold.isNew('b', 20), false);
});
