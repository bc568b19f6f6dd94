// What the wallet page decides, without a browser.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { chooseLanguage, fill, majorUnits } from '../i18n.js';
import { clockOffset, retryDelay } from './clock.js';
import { readEvents } from './events.js';
import { readLink } from './link.js';
import { KEPT, groupByDay, latest, merge, missedSince, netAmount, waitingForAnswer } from './payments.js';
import { present } from './present.js';
import { hasAnother, nextSlot, onlineUntil } from './slots.js';
import { passes, saysNothingWasPaid } from './unanswered.js';

test('slots: none is shown twice in a window, until there are no more', () => {
  let slot = nextSlot(undefined, 7);
  assert.deepEqual(slot, { counter: 7, nonce: 0 });
  const shown = [slot.nonce];
  while (hasAnother(slot)) shown.push((slot = nextSlot(slot, 7)).nonce);
  assert.deepEqual(shown, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(nextSlot(slot, 7), { counter: 7, nonce: 9 });
  assert.deepEqual(nextSlot(slot, 8), { counter: 8, nonce: 0 });
});

test('online codes are replaced after a period, and 10 s before they die', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  assert.equal(onlineUntil(now, '2026-11-21T12:02:00Z', 60) - now, 60_000);
  assert.equal(onlineUntil(now, '2026-11-21T12:00:30Z', 60) - now, 20_000);
});

test('clock offset: from the middle of a quick round trip only', () => {
  const server = '2026-11-21T12:00:10Z';
  const at = Date.parse('2026-11-21T12:00:00Z');
  assert.equal(clockOffset(server, at, at + 400), 9_800);
  assert.equal(clockOffset(server, at, at + 20_000), null);
  assert.equal(clockOffset(server, at, at - 1), null);
  assert.equal(clockOffset('soon', at, at), null);
});

test('retries: doubled up to half a minute', () => {
  assert.deepEqual([1, 2, 3, 10].map((failures) => retryDelay(failures, 0.5)), [1000, 2000, 4000, 30_000]);
  assert.deepEqual([retryDelay(1, 0), retryDelay(1, 1)], [750, 1250]);
});

const payment = (id, created, more = {}) => ({ id, created_at: `2026-11-${created}Z`, status: 'succeeded', amount: 100, ...more });

test('payments: newer news replace older ones, newest first, not more than are kept', () => {
  const merged = merge([payment('a', '20T10:00:00'), payment('b', '20T11:00:00')], [payment('a', '20T10:00:00', { status: 'refunded' }), payment('c', '21T09:00:00')]);
  assert.deepEqual(merged.map(({ id, status }) => [id, status]), [['c', 'succeeded'], ['b', 'succeeded'], ['a', 'refunded']]);
  const many = Array.from({ length: KEPT + 5 }, (_, i) => payment(`p${i}`, `20T10:00:00.${100 + i}`));
  assert.equal(merge(many, []).length, KEPT);
});

test('payments: missed are those that moved money after what was seen, whatever the fraction of a second', () => {
  const seen = '2026-11-20T10:00:00Z';
  const all = [payment('before', '20T09:59:59.9'), payment('same', '20T10:00:00'), payment('after', '20T10:00:00.001'),
    payment('declined', '20T11:00:00', { status: 'declined' }), payment('refunded', '20T12:00:00', { status: 'refunded' })];
  assert.deepEqual(missedSince(all, seen).map(({ id }) => id), ['after', 'refunded']);
  assert.equal(latest(all, seen), '2026-11-20T12:00:00Z');
  assert.equal(latest([], seen), seen);
});

test('payments: a question is put only while its time lasts', () => {
  const pending = payment('p', '20T10:00:00', { status: 'pending', expires_at: '2026-11-20T10:01:00Z' });
  assert.equal(waitingForAnswer([pending], Date.parse('2026-11-20T10:00:59Z')), pending);
  assert.equal(waitingForAnswer([pending], Date.parse('2026-11-20T10:01:00Z')), undefined);
});

test('payments: what left the purse', () => {
  assert.equal(netAmount(payment('a', '20T10:00:00', { refunded: 30 })), 70);
  assert.equal(netAmount(payment('a', '20T10:00:00', { status: 'declined' })), 0);
});

test('payments: by day', () => {
  const noon = (day) => payment(day, `${day}T12:00:00`);
  assert.deepEqual(groupByDay([noon('21'), noon('20'), noon('20')]).map(({ payments }) => payments.length), [1, 2]);
});

const LINKS = [
  ['https://pay.example/wallet/#ticket=abc', { ticket: 'abc' }],
  ['  https://pay.example/wallet/#ticket=abc\n', { ticket: 'abc' }],
  ['ticket-0123456789abcdef', { ticket: 'ticket-0123456789abcdef' }],
  ['https://evil.example/wallet/#ticket=abc', { elsewhere: 'evil.example' }],
  ['https://pay.example/wallet/', null],
  ['hello', null],
  ['', null],
];
for (const [text, read] of LINKS) {
  test(`link: ${JSON.stringify(text)}`, () => assert.deepEqual(readLink(text, 'https://pay.example'), read));
}

test('events: however the stream is cut', async () => {
  const stream = ': hi\n\nevent: payment.succeeded\ndata: {"a":\ndata: 1}\n\nid: 4\r\ndata: x\r\n\r\n: beat\n\ndata: cut off';
  for (const size of [1, 7, stream.length]) {
    const chunks = stream.match(new RegExp(`[^]{1,${size}}`, 'g')).map((text) => new TextEncoder().encode(text));
    const heard = [];
    let signs = 0;
    await readEvents(ReadableStream.from(chunks), (type, data) => heard.push([type, data]), () => signs++);
    assert.deepEqual(heard, [['payment.succeeded', '{"a":\n1}'], ['message', 'x']], `chunks of ${size}`);
    assert.ok(signs >= 1);
  }
});

const after = (ms, value) => new Promise((resolve) => { setTimeout(resolve, ms, value); });
async function shownBy(mint, heard = true) {
  const shown = [];
  await present({ heard, mint, make: async () => 'offline', show: (code) => shown.push(code) });
  return shown;
}

test('a quick server: the online code alone', async () => assert.deepEqual(await shownBy(() => after(10, 'online')), ['online']));
test('a slow server: the offline code meanwhile', async () => assert.deepEqual(await shownBy(() => after(400, 'online')), ['offline', 'online']));
test('a server not heard yet: the offline code at once, then the online one', async () => {
  assert.deepEqual(await shownBy(() => after(10, 'online'), false), ['offline', 'online']);
  let shown;
  present({ heard: false, mint: () => new Promise(() => {}), make: async () => 'offline', show: (code) => { shown = code; } });
  await new Promise(setImmediate);
  assert.equal(shown, 'offline');
});
test('no network: the offline code', async () => assert.deepEqual(await shownBy(undefined), ['offline']));
test('a failing server: the offline code', async () => assert.deepEqual(await shownBy(() => Promise.reject(new Error('no'))), ['offline']));
test('a server past its budget is hung up on', async () => {
  const mint = (signal) => new Promise((_, reject) => { signal.addEventListener('abort', () => reject(signal.reason)); });
  assert.deepEqual(await shownBy(mint), ['offline']);
});

test('what an error says of a payment', () => {
  const refused = (status, code) => ({ name: 'Refused', status, code });
  for (const [error, nothing, again] of [
    [{ name: 'Unreachable' }, false, true], [refused(503, 'overloaded'), false, true], [refused(500, 'internal'), false, true],
    [refused(401, 'proof_replayed'), false, true], [refused(401, 'token_invalid'), false, false], [refused(403, 'device_frozen'), false, false],
    [refused(404, 'not_found'), true, false], [refused(404, 'unknown_path'), false, false],
    [refused(409, 'order_taken'), true, false], [refused(422, 'invalid_request'), true, false],
  ]) {
    assert.deepEqual([saysNothingWasPaid(error), passes(error)], [nothing, again], error.code ?? error.name);
  }
});

test('language: the stored one, else the first known of the browser, else the first', () => {
  assert.equal(chooseLanguage(['en', 'zh'], 'zh', ['en']), 'zh');
  assert.equal(chooseLanguage(['en', 'zh'], 'fr', ['fr-FR', 'zh-TW', 'en']), 'zh');
  assert.equal(chooseLanguage(['en', 'zh'], null, ['fr']), 'en');
});

test('words: filled in, and the same in both languages', async () => {
  assert.equal(fill('{n} of {m}', { n: 1 }), '1 of {m}');
  Object.assign(globalThis, { document: { documentElement: {} } });
  Object.defineProperty(globalThis, 'navigator', { value: { languages: ['en'] }, configurable: true });
  const names = (text) => [...JSON.stringify(text).matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const all = [];
  for (const file of ['./words.js', './words-later.js']) {
    const { en, zh } = await import(file);
    assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort());
    for (const key of Object.keys(en)) {
      assert.deepEqual([...new Set(names(zh[key]))].sort(), [...new Set(names(en[key]))].sort(), key);
    }
    all.push(...Object.keys(en));
  }
  assert.equal(new Set(all).size, all.length, 'no word is there twice');
});

test('money: minor units to major ones', () => {
  assert.equal(majorUnits(1250, 2), 12.5);
  assert.equal(majorUnits(1250, 0), 1250);
  assert.equal(majorUnits(9007199254740991, 3), 9007199254740.991);
});

const fileOf = (path) => new URL(path.startsWith('/sdk/') ? `../../sdk/js/${path.slice(5)}` : `..${path}`, import.meta.url);
const read = (path) => readFileSync(fileOf(path.endsWith('/') ? `${path}index.html` : path), 'utf8');
const listed = (name) => new RegExp(`const ${name} = \\[([^\\]]+)\\]`).exec(read('/wallet/sw.js'))[1].match(/(?<=')\/[^']*(?=')/g);
const shell = listed('SHELL');
const later = listed('LATER');

test('the page weighs at most 60 KB, compressed', () => {
  const bytes = shell.reduce((sum, path) => sum + gzipSync(read(path), { level: 9 }).length, 0);
  assert.ok(bytes <= 60 * 1024, `${bytes} bytes`);
});

/** The files that are needed where these are: what they import, link to and show. */
function closure(roots) {
  const needed = new Set(roots);
  const links = /(?:from|import) '([^']+\.js)'|(?:href|src)=\\?"(\/[^"]+)"|"src": "([^"]+)"/g;
  for (const path of needed) {
    if (path.endsWith('.png')) continue;
    for (const [, module, link, icon] of read(path).matchAll(links)) {
      needed.add(link ?? icon ?? new URL(module, `https://host${path}`).pathname);
    }
  }
  return needed;
}

test('the shell of the service worker is all that the page is made of', () => {
  const needed = closure(['/wallet/']);
  // Asked for by the launcher when it installs, never by the page.
  for (const path of ['/wallet/icon-192.png', '/wallet/icon-512.png', '/wallet/icon-maskable-512.png']) needed.delete(path);
  assert.deepEqual([...shell].sort(), [...needed].sort());
  // Asked for at once, not import by import: each level of imports would be a round trip of the first visit.
  const preloaded = [...read('/wallet/').matchAll(/rel="modulepreload" href="([^"]+)"/g)].map(([, path]) => path);
  const modules = shell.filter((path) => path.endsWith('.js') && path !== '/wallet/wallet.js');
  assert.deepEqual(preloaded.sort(), modules.sort());
});

test('what comes later is in the service worker too', () => {
  const tabs = [...read('/wallet/wallet.js').matchAll(/import\('\.\/([^']+)'\)/g)].map(([, name]) => `/wallet/${name}`);
  assert.ok(tabs.length > 0);
  const needed = [...closure(tabs)].filter((path) => !shell.includes(path));
  assert.deepEqual([...later].sort(), needed.sort());
});
