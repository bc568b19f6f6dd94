import test from 'node:test';
import assert from 'node:assert/strict';
import { Burst } from './scan.js';

/** Presses the keys with `gapMs` between them; returns what was scanned. */
function type(keys, gapMs, more = {}) {
  const burst = new Burst();
  const scans = [];
  keys.forEach((key, i) => {
    const event = { key, timeStamp: 10_000 + i * gapMs, ...more };
    if (burst.press(event) === 'scan') { scans.push(burst.text); burst.clear(); }
  });
  return { scans, burst };
}

const CODE = '701234567893326376';

test('who types what', () => {
  const text = 'PC10400EPYD2M0WH43R0EGH078DWWWX4GCT9Z86M9HKQ9Z0';
  const cases = [
    ['a scanner with Enter', [...CODE, 'Enter'], 5, [CODE]],
    ['a scanner with Tab', [...CODE, 'Tab'], 5, [CODE]],
    ['a slow Bluetooth scanner', [...CODE, 'Enter'], 45, [CODE]],
    ['two scans', [...CODE, 'Enter', ...CODE, 'Enter'], 5, [CODE, CODE]],
    ['capitals come with Shift', [...text].flatMap((c) => (/[A-Z]/.test(c) ? ['Shift', c] : [c])).concat('Enter'), 5, [text]],
    ['a quick hand', [...CODE, 'Enter'], 70, []],
    ['a product\'s short code', [...'12345678', 'Enter'], 5, []],
    ['an amount', [...'12.50', 'Enter'], 90, []],
  ];
  for (const [name, keys, gapMs, want] of cases) assert.deepEqual(type(keys, gapMs).scans, want, name);
});

test('one stretched gap does not break a scan, a pause does', () => {
  const scanWithGap = (gapMs) => {
    const burst = new Burst();
    let atMs = 0;
    [...CODE].forEach((key, i) => burst.press({ key, timeStamp: (atMs += i === 9 ? gapMs : 5) }));
    return burst.press({ key: 'Enter', timeStamp: atMs + 5 });
  };
  assert.equal(scanWithGap(100), 'scan');
  assert.equal(scanWithGap(200), 'none');
});

test('a scan right after other keys is not clean: its first letters may lie in the amount', () => {
  for (const [pauseMs, want] of [[150, false], [299, false], [400, true]]) {
    const burst = new Burst();
    burst.press({ key: '7', timeStamp: 10_000 });
    [...CODE].forEach((key, i) => burst.press({ key, timeStamp: 10_000 + pauseMs + i * 4 }));
    assert.equal(burst.press({ key: 'Enter', timeStamp: 10_000 + pauseMs + 80 }), 'scan');
    assert.equal(burst.clean, want, `${pauseMs} ms`);
  }
});

test('a key held down is not a scanner', () => {
  const burst = new Burst();
  let atMs = 0;
  for (let i = 0; i < 30; i++) burst.press({ key: '8', repeat: i > 0, timeStamp: (atMs += 30) });
  assert.equal(burst.press({ key: 'Enter', timeStamp: atMs + 30 }), 'none');
});

test('what a hand typed just before the scan is not part of it', () => {
  const burst = new Burst();
  [...'12'].forEach((key, i) => burst.press({ key, timeStamp: i * 150 }));
  let atMs = 400;
  for (const key of CODE) burst.press({ key, timeStamp: (atMs += 4) });
  assert.equal(burst.press({ key: 'Enter', timeStamp: atMs + 4 }), 'scan');
  assert.equal(burst.text, CODE);
});

test('a scanner that ends with nothing is complete after 16 letters', () => {
  assert.equal(type([...CODE], 5).burst.endsByItself(), true);
  assert.equal(type([...CODE.slice(0, 15)], 5).burst.endsByItself(), false);
  assert.equal(type([...CODE], 70).burst.endsByItself(), false);
});

test('with an input method on, the place of the key tells', () => {
  const burst = new Burst();
  let atMs = 0;
  for (const digit of CODE) burst.press({ key: 'Process', code: 'Digit' + digit, timeStamp: (atMs += 5) });
  for (const letter of 'PC') burst.press({ key: 'Process', code: 'Key' + letter, timeStamp: (atMs += 5) });
  burst.press({ key: 'Process', code: 'Comma', timeStamp: (atMs += 5) });
  assert.equal(burst.press({ key: 'Enter', timeStamp: (atMs += 5) }), 'scan');
  assert.equal(burst.text, CODE + 'PC');
});
