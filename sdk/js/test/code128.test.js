// Code 128: symbols taken apart again, and the rules that hold for every symbol of ISO/IEC 15417.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawCode128, encodeCode128 } from '../code128.js';

const symbols = (widths) => widths.slice(0, -7).join('').match(/.{6}/g);
const sum = (widths) => widths.reduce((total, width) => total + width, 0);

test('the 18 digits of a payment code take 134 modules', () => {
  assert.equal(sum(encodeCode128('701234567893326376')), 134);
});

// "PJJ123C" in set B: 104 + 48·1 + 42·2 + 42·3 + 17·4 + 18·5 + 19·6 + 35·7 = 879, mod 103 = 55.
const CASES = [
  { text: 'PJJ123C', values: [104, 48, 42, 42, 17, 18, 19, 35, 55] },
  { text: '1234', values: [105, 12, 34, 82] }, // 105 + 12 + 68 = 185
  { text: '123', values: [105, 12, 100, 19, 65] }, // an odd digit goes in set B: 105 + 12 + 200 + 57 = 374
];

// Value to pattern, through the encoder itself: a pair of digits stands alone as second symbol of set C.
const patternOfPair = (value) => symbols(encodeCode128(String(value).padStart(2, '0')))[1];

for (const { text, values } of CASES) {
  test(`symbols of ${text}`, () => {
    const known = { 100: '114131', 104: '211214', 105: '211232' }; // the three that are no digit pair, from the standard
    assert.deepEqual(symbols(encodeCode128(text)), values.map((value) => known[value] ?? patternOfPair(value)));
  });
}

test('every pattern is 11 modules wide, has an even number of black ones, and is unique', () => {
  const patterns = Array.from({ length: 100 }, (_, value) => patternOfPair(value));
  for (const pattern of patterns) {
    assert.equal(sum([...pattern].map(Number)), 11);
    assert.equal(sum([...pattern].filter((_, i) => i % 2 === 0).map(Number)) % 2, 0);
  }
  assert.equal(new Set(patterns).size, 100);
});

test('a drawing has ten modules of quiet zone on both sides', () => {
  const { modules, path } = drawCode128('701234567893326376');
  assert.equal(modules, 154);
  assert.ok(path.startsWith('M10 0'));
  const [, lastBarAt, lastBarWidth] = /M(\d+) 0h(\d+)v1h-\d+z$/.exec(path);
  assert.equal(Number(lastBarAt) + Number(lastBarWidth), 144);
});

test('what set B cannot hold is refused', () => {
  for (const text of ['é', '\n', '付']) assert.throws(() => encodeCode128(text), RangeError);
});
