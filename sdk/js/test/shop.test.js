// Shops' codes, held to those that the Go reader is held to.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { NUMBERS, currencyOf } from '../currency.js';
import { readShop, writeShop } from '../shop.js';

const repository = (path) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

for (const { name, text, shop } of JSON.parse(repository('emvqr/testdata/shops.json')).shops) {
  test(`shop: ${name}`, () => {
    if (shop) assert.deepEqual(readShop(text), shop);
    else assert.throws(() => readShop(text), { code: 'shop_malformed' });
  });
}

test('currencies are those of the server', () => {
  const there = [...repository('money/numeric.go').matchAll(/[A-Z]{3}\d{3}/g)].map(([both]) => both);
  assert.ok(there.length > 100);
  assert.deepEqual(NUMBERS, there);
  assert.equal(currencyOf('156'), 'CNY');
  assert.equal(currencyOf('000'), null);
});

// What is written is what others write: the same texts, from what they say.
for (const { name, text, shop } of JSON.parse(repository('emvqr/testdata/shops.json')).shops) {
  if (!['printed', 'one order', 'yen', 'a name in Han letters, lengths in characters'].includes(name)) continue;
  test(`shop, written: ${name}`, () => { assert.equal(writeShop({ ...shop, country: 'CN' }), text); });
}

test('what a code cannot hold is not written', () => {
  const shop = { merchant: 'mer_01jfja0yrcfgzrmq9f3r69q2kp', name: 'S', currency: 'CNY', amount: '1.00', reference: 'A' };
  assert.equal(readShop(writeShop(shop)).reference, 'A');
  for (const wrong of [{ reference: '' }, { amount: '' }, { currency: 'XXX' }, { reference: 'A'.repeat(26) }, { terminal: 'T'.repeat(26) }, { terminal: '店'.repeat(25), reference: 'A'.repeat(25), merchant: 'm'.repeat(90) }]) {
    assert.throws(() => writeShop({ ...shop, ...wrong }), { code: 'shop_malformed' }, JSON.stringify(wrong));
  }
});
