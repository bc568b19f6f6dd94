// Shops' codes, held to those that the Go reader is held to.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { NUMBERS, currencyOf } from '../currency.js';
import { readShop } from '../shop.js';

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
