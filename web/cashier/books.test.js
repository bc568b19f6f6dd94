import test from 'node:test';
import assert from 'node:assert/strict';
import { amountText, exponentOf, parseAmount, tidy } from '../amount.js';
import { kindOfCode, tidyCode } from './code.js';
import { makeDay, matches, netOf, totals } from './day.js';
import { makeJournal } from './journal.js';
import { makeRefunds } from './refunds.js';
import { compare, parseCSV, readStatement } from './statement.js';
import { words } from './words.js';

test('typed amounts become minor units without a float', () => {
  const cases = [
    ['12.5', 2, { minor: 1250 }], ['12.50', 2, { minor: 1250 }], ['12', 2, { minor: 1200 }], ['.5', 2, { minor: 50 }],
    ['12.', 2, { minor: 1200 }], ['', 2, { minor: 0 }], ['.', 2, { minor: 0 }], ['0.29', 2, { minor: 29 }], ['1.15', 2, { minor: 115 }],
    ['1200', 0, { minor: 1200 }], ['1.250', 3, { minor: 1250 }], ['007', 2, { minor: 700 }],
    ['12.505', 2, { wrong: 'amount_decimals' }], ['12.5', 0, { wrong: 'amount_no_decimals' }], ['1.2.3', 2, { wrong: 'amount_unreadable' }],
    ['-5', 2, { wrong: 'amount_unreadable' }], ['1e3', 2, { wrong: 'amount_unreadable' }], ['1000000000', 2, { wrong: 'amount_too_large' }],
    ['9'.repeat(40), 2, { wrong: 'amount_too_large' }],
  ];
  for (const [text, exponent, want] of cases) assert.deepEqual(parseAmount(text, exponent), want, `${text} (${exponent})`);
  assert.deepEqual(['12,5', '12。5', ' 12.5 ', '12.5'].map(tidy), Array(4).fill('12.5'));
  assert.deepEqual(['CNY', 'JPY', 'KWD'].map(exponentOf), [2, 0, 3]);
  for (const [minor, exponent, want] of [[5, 2, '0.05'], [1250, 2, '12.50'], [1250, 0, '1250'], [1250, 3, '1.250']]) {
    assert.equal(amountText(minor, exponent), want);
    assert.deepEqual(parseAmount(want, exponent), { minor });
  }
});

test('what a scan can be', () => {
  const cases = [
    ['701234567893326376', 'payment'], ['7012 3456 7893 3263 76', 'payment'], ['6901234567892', 'other'], ['1'.repeat(25), 'other'],
    ['PC10400EPYD2M0WH43R0EGH078DWWWX4GCT9Z86M9HKQ9Z0', 'payment'], ['PC10400EPYD2M0WH43R0EGH078DWWWX4GCT9Z86M9HKQ9Z', 'other'],
    ['hQVDUFYwMWEzTwjwUEFZQ09ERVAHUEFZQ09ERWMenxAbAQAHW80VAciQeAOhEB0N5znSQZpP0GomM7p+', 'payment'],
    ['1234567897-012345', 'payment'], ['1234567897 012345', 'payment'], ['1234567897.012345', 'payment'], ['123456789-012345', 'other'],
    ['PP1:6BF', 'pass'], ['https://example.com/', 'other'], ['', 'other'],
  ];
  for (const [text, want] of cases) assert.equal(kindOfCode(text), want, text);
  assert.equal(tidyCode(' 7012 3456 7893 3263 76\n'), '701234567893326376');
  for (const said of ['1234567897-012345', ' 1234567897 012345 ', '1234567897,012345']) assert.equal(tidyCode(said), '1234567897-012345');
});

const paid = (id, amount, more = {}) => ({ id, order_no: `T1-${id}`, status: 'succeeded', amount, currency: 'CNY', refunded: 0, created_at: `2026-11-21T08:00:0${id}Z`, ...more });

test('totals count what was sold, less what was given back, per currency', () => {
  const payments = [
    paid(1, 1250), paid(2, 500, { status: 'partially_refunded', refunded: 200 }), paid(3, 300, { status: 'refunded', refunded: 300 }),
    paid(4, 999, { status: 'declined' }), paid(5, 999, { status: 'canceled' }), paid(6, 999, { status: 'pending' }), paid(7, 1200, { currency: 'JPY' }),
  ];
  assert.deepEqual(totals(payments), [
    { currency: 'CNY', count: 3, sold: 2050, refunded: 500, net: 1550 },
    { currency: 'JPY', count: 1, sold: 1200, refunded: 0, net: 1200 },
  ]);
  assert.deepEqual(payments.map(netOf), [1250, 300, 0, 0, 0, 0, 1200]);
});

test('search finds by order, payer and amount', () => {
  const payment = paid('1', 125_000, { payer: { masked: '李**' } });
  for (const search of ['t1-1', '李', '1,250', '1250.00', ' T1 ']) assert.ok(matches(payment, search, '¥1,250.00'), search);
  for (const search of ['T2', '王', '1251']) assert.ok(!matches(payment, search, '¥1,250.00'), search);
});

test('a day is read page by page, and a lost page does not lose what is known', async () => {
  const pages = { '': { payments: [paid(3, 30)], next_cursor: 'b' }, b: { payments: [paid(2, 20)], next_cursor: 'c' }, c: { payments: [paid(1, 10)] } };
  const server = { day: async (date, cursor = '') => (server.down ? { kind: 'lost', why: 'no_connection' } : { kind: 'ok', body: pages[cursor] }) };
  const day = makeDay('2026-11-21', server, { onChange() {} });
  assert.equal(await day.refresh(), true);
  assert.deepEqual(day.payments().map(({ id }) => id), [3, 2, 1]);
  server.down = true;
  assert.equal(await day.refresh(), false);
  assert.equal(day.state, 'lost');
  assert.equal(day.payments().length, 3);
});

test('CSV as RFC 4180 has it', () => {
  assert.deepEqual(parseCSV('a,"b ""x"", y",\r\n"line\nbreak",,z'), [['a', 'b "x", y', ''], ['line\nbreak', '', 'z']]);
  assert.deepEqual(parseCSV('a,b\n'), [['a', 'b']]);
  assert.deepEqual(parseCSV('a,'), [['a', '']]);
  assert.throws(() => parseCSV('a"b,c'), SyntaxError);
});

test('a statement agrees with the list, or says where it does not', () => {
  const list = [
    paid('a', 1250), paid('b', 500, { status: 'partially_refunded', refunded: 200 }),
    paid('c', 700, { status: 'canceled' }), paid('d', 900, { status: 'declined' }),
  ];
  const lines = ['payment,a,1250,CNY', 'payment,b,500,CNY', 'refund,b,-200,CNY', 'payment,c,700,CNY', 'cancel,c,-700,CNY'];
  const statement = (more, without = 0) => readStatement(['type,payment_id,amount,currency', ...lines.slice(without), ...more].join('\r\n') + '\r\n');
  const today = { isOver: false };
  const past = { isOver: true };

  const [same] = compare(list, statement(['total_payment,,2450,CNY', 'total,,1550,CNY']), today);
  const sums = { count: 2, sold: 1750, refunded: 200, net: 1550 };
  assert.deepEqual(same, { currency: 'CNY', list: { currency: 'CNY', ...sums }, statement: sums, earlier: 0, later: 0, stated: 1550, equal: true });

  const [before] = compare(list, statement(['refund,old,-300,CNY', 'total,,1250,CNY']), today);
  assert.deepEqual([before.equal, before.earlier, before.stated], [true, -300, 1250], 'a refund of an earlier sale is no difference');

  const since = list.with(0, paid('a', 1250, { status: 'partially_refunded', refunded: 50 }));
  assert.deepEqual(compare(since, statement(['total,,1550,CNY']), past).map(({ equal, later }) => [equal, later]), [[true, 50]], 'given back on a later day');

  const differs = [
    ['the same within the day', since, statement(['total,,1550,CNY']), today],
    ['a total line that its own lines contradict', list, statement(['total,,1551,CNY']), today],
    ['a payment that the list has not', list, statement(['payment,x,1,CNY', 'total,,1551,CNY']), today],
    ['a payment that the statement has not', list, statement(['total,,300,CNY'], 1), past],
    ['no total line', list, statement([]), today],
  ];
  for (const [name, payments, csv, day] of differs) assert.equal(compare(payments, csv, day)[0].equal, false, name);

  assert.deepEqual(compare([], readStatement('type,payment_id,amount,currency'), today), [], 'a day without sales');
  const [unrefunded] = compare(list.slice(0, 1), readStatement('type,payment_id,amount,currency\npayment,a,1250,CNY\ntotal,,1250,CNY'), today);
  assert.deepEqual([unrefunded.equal, unrefunded.statement], [true, { count: 1, sold: 1250, refunded: 0, net: 1250 }], 'nothing given back is 0, not −0');
  for (const text of ['', '<html>', 'type,payment_id,amount,currency\npayment,a,12.5,CNY', 'type,amount,currency\ntotal,1,CNY']) {
    assert.throws(() => readStatement(text), SyntaxError, text);
  }
});

test('a refund keeps its number until it is known', async () => {
  const answers = [{ kind: 'lost' }, { kind: 'problem', status: 401, code: 'unauthorized' }, { kind: 'ok', body: {} }];
  const sent = [];
  const kept = new Map();
  const storage = { get length() { return kept.size; }, key: (i) => [...kept.keys()][i], getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => kept.set(k, v), removeItem: (k) => kept.delete(k) };
  const refund = { refundNo: 'T1-1-RAAAA', paymentId: 'pay_1', amountMinor: 500 };
  const server = { refund: async (id, { refundNo, amountMinor }) => { sent.push([id, refundNo, amountMinor]); assert.deepEqual(refunds.openFor('pay_1'), refund); return answers.shift(); } };
  const refunds = makeRefunds({ server, journal: makeJournal(storage, 'refund'), pause: async () => {}, onChange() {} });
  assert.deepEqual(await refunds.send(refund), { done: true });
  assert.deepEqual(sent, Array(3).fill(['pay_1', 'T1-1-RAAAA', 500]));
  assert.deepEqual(refunds.open(), []);
  answers.push({ kind: 'problem', status: 409, code: 'refund_exceeds_payment' });
  assert.deepEqual(await refunds.send(refund), { refused: 'refund_exceeds_payment' });
  assert.deepEqual(refunds.open(), []);
});

test('中文 has every word, with the same names to fill in, and every refusal says what to do', () => {
  const names = (message) => [...JSON.stringify(message).matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
  assert.deepEqual(Object.keys(words.zh).sort(), Object.keys(words.en).sort());
  for (const key of Object.keys(words.en)) assert.deepEqual([...new Set(names(words.zh[key]))], [...new Set(names(words.en[key]))], key);
  const declines = ['code_malformed', 'code_invalid', 'code_expired', 'code_used', 'device_frozen', 'device_expired', 'too_many_attempts',
    'insufficient_funds', 'limit_per_payment', 'limit_per_day', 'limit_count', 'confirmation_rejected', 'confirmation_timeout', 'needs_network',
    'merchant_suspended', 'currency_mismatch', 'order_superseded'];
  for (const code of declines) assert.ok(words.en[`why_${code}`] && words.en[`todo_${code}`], code);
});
