import test from 'node:test';
import assert from 'node:assert/strict';
import { CODE_LIFE_MS, createTill, decide, newSale, takesAnotherCode, withCode } from './till.js';
import { makeJournal } from './journal.js';

const SCANNED_AT = 1_795_284_017_000;

function sale(changes = {}) {
  const fresh = newSale({ orderNo: 'T1-261121-120000-AAAAA', amountMinor: 1250, currency: 'CNY', terminalId: 'T1' });
  return { ...withCode(fresh, '701234567893326376', SCANNED_AT), ...changes };
}

const payment = (status, more = {}) => ({ kind: 'payment', payment: { id: 'pay_1', order_no: sale().orderNo, status, ...more } });
const absent = { kind: 'absent' };
const lost = { kind: 'lost', why: 'no_connection' };
const problem = (code, status = 401) => ({ kind: 'problem', status, code });

test('decide', async (t) => {
  const inTime = SCANNED_AT + CODE_LIFE_MS - 1;
  const tooLate = SCANNED_AT + CODE_LIFE_MS;
  const cases = [
    ['a success is paid', sale(), 'firstCharge', payment('succeeded'), inTime, { act: 'done', outcome: 'paid' }],
    ['a decline is refused with its reason', sale(), 'firstCharge', payment('declined', { decline_code: 'code_used' }), inTime, { act: 'done', outcome: 'refused', reason: 'code_used' }],
    ['a pending payment is watched', sale(), 'firstCharge', payment('pending'), inTime, { act: 'watch' }],
    ['a first charge the server refuses outright charged nobody', sale(), 'firstCharge', problem('unauthorized'), inTime, { act: 'done', outcome: 'refused', reason: 'unauthorized' }],
    ['a repeated charge that is refused says nothing about the first', sale(), 'charge', problem('unauthorized'), inTime, { act: 'ask', again: true }],
    ['a lost charge is asked about at once', sale(), 'firstCharge', lost, inTime, { act: 'ask', again: false }],
    ['a lost question is asked again', sale(), 'ask', lost, tooLate, { act: 'ask', again: true }],
    ['an unknown order is charged again while its code lives', sale(), 'ask', absent, inTime, { act: 'charge' }],
    ['an unknown order is cancelled when its code has died', sale(), 'ask', absent, tooLate, { act: 'cancelOrder' }],
    ['a clock set back does not bring a code to life', sale(), 'ask', absent, SCANNED_AT - 1, { act: 'cancelOrder' }],
    ['an unknown order the cashier gave up is cancelled', sale({ canceling: true }), 'ask', absent, inTime, { act: 'cancelOrder' }],
    ['a success the cashier gave up is undone', sale({ canceling: true }), 'ask', payment('succeeded'), inTime, { act: 'cancelPayment' }],
    ['a lost cancel is not a cancel', sale(), 'cancelOrder', lost, tooLate, { act: 'ask', again: true }],
    ['a success found after a cancel was sent is undone', sale({ canceling: true }), 'cancelOrder', payment('succeeded'), tooLate, { act: 'cancelPayment' }],
    ['a cancelled order is known to be', sale(), 'cancelOrder', payment('canceled'), tooLate, { act: 'done', outcome: 'known-canceled' }],
    ['a reversed payment is not paid', sale(), 'cancelPayment', payment('refunded'), tooLate, { act: 'done', outcome: 'known-canceled' }],
    ['a cancel that came too late is given up', sale({ canceling: true }), 'cancelPayment', problem('already_refunded', 409), inTime, { act: 'ask', cancelTooLate: true }],
    ['a cancel refused for the key is not', sale({ canceling: true }), 'cancelPayment', problem('unauthorized', 401), inTime, { act: 'ask', cancelTooLate: false }],
    ['a payment already refunded in part stays paid', sale({ canceling: true }), 'ask', payment('partially_refunded'), inTime, { act: 'done', outcome: 'paid' }],
    ['the decline of an earlier code does not answer for this one', sale({ attempt: 2 }), 'ask', payment('declined'), inTime, { act: 'charge' }],
    ['the decline of this code does', sale({ attempt: 2 }), 'charge', payment('declined'), inTime, { act: 'done', outcome: 'refused' }],
    ['a status of the future is not guessed at', sale(), 'firstCharge', payment('held'), inTime, { act: 'ask' }],
  ];
  for (const [name, given, action, answer, now, want] of cases) {
    await t.test(name, () => assert.deepEqual(pick(decide(given, action, answer, now), want), want));
  }
});

const pick = (object, like) => Object.fromEntries(Object.keys(like).map((key) => [key, object[key]]));

/**
 * A server with one account that a network loses requests and answers of. `script` lists, per request, what the
 * network does: 'ok' | 'request lost' | 'answer lost' | 'late' (the answer is lost and the request arrives only
 * after the next one) | 'last' (it arrives after everything). When the script is at its end the network works.
 */
function fakeWorld(script, { startPending = false, storage = memoryStorage(), orders = new Map() } = {}) {
  const world = { orders, charges: [], calls: [], clockMs: SCANNED_AT, arriveLast };
  const late = [];
  const last = [];

  function deliver(name, orderNo, apply) {
    const fate = script[world.calls.length] ?? 'ok';
    world.calls.push(name);
    if (fate === 'late' || fate === 'last') { (fate === 'late' ? late : last).push(apply); return tooLong(); }
    const answer = fate === 'request lost' ? null : apply();
    arriveLate();
    return fate === 'ok' ? answer : tooLong();
  }
  function arriveLate() { late.splice(0).forEach((apply) => apply()); }
  function arriveLast() { arriveLate(); last.splice(0).forEach((apply) => apply()); }
  function tooLong() { world.clockMs += 5_000; return lost; }

  const found = (order) => (order ? { kind: 'payment', payment: { ...order } } : absent);
  const byId = (id) => [...world.orders.values()].find((order) => order.id === id);

  const server = {
    charge: async (s) => deliver('charge', s.orderNo, () => {
      world.charges.push([s.orderNo, s.code, s.amountMinor]);
      const known = world.orders.get(s.orderNo);
      if (known && (known.status !== 'declined' || known.code === s.code)) return found(known);
      const good = !s.code.startsWith('bad') && (known || !s.code.startsWith('poor')); // the poor find money after a while
      const status = !good ? 'declined' : startPending ? 'pending' : 'succeeded';
      const order = { id: 'pay_' + s.orderNo, order_no: s.orderNo, code: s.code, amount: s.amountMinor, status, ...(!good && { decline_code: 'code_used' }) };
      world.orders.set(s.orderNo, order);
      return found(order);
    }),
    ask: async (orderNo) => deliver('ask', orderNo, () => found(world.orders.get(orderNo))),
    watch: async (id) => deliver('watch', null, () => found(byId(id))),
    cancelPayment: async (id) => deliver('cancelPayment', null, () => { const order = byId(id); order.status = 'canceled'; return found(order); }),
    cancelOrder: async (orderNo) => deliver('cancelOrder', orderNo, () => {
      const order = world.orders.get(orderNo) ?? { id: 'pay_' + orderNo, order_no: orderNo, status: 'absent' };
      order.status = 'canceled';
      world.orders.set(orderNo, order);
      return found(order);
    }),
  };
  Object.defineProperty(world, 'charged', {
    get: () => [...orders.values()].reduce((sum, order) => sum + (order.status === 'succeeded' ? order.amount : 0), 0),
  });
  const steps = [];
  const till = createTill({
    server,
    journal: makeJournal(storage, 'sale'),
    now: () => world.clockMs,
    pause: async (ms) => { world.clockMs += ms; await null; world.onPause?.(); },
    tell: (step) => { steps.push(step.step); world.onStep?.(step); },
  });
  return { world, till, steps, journal: makeJournal(storage, 'sale') };
}

const FATES = ['ok', 'request lost', 'answer lost', 'late', 'last'];

/** Every way in which the first `length` requests can fare. */
function* scripts(length) {
  if (length === 0) return yield [];
  for (const rest of scripts(length - 1)) for (const fate of FATES) yield [fate, ...rest];
}

function memoryStorage() {
  const kept = new Map();
  return {
    get length() { return kept.size; },
    key: (i) => [...kept.keys()][i],
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, String(value)),
    removeItem: (key) => kept.delete(key),
  };
}

test('the answer is lost after the money moved: asking finds it paid', async () => {
  const { world, till, steps } = fakeWorld(['answer lost']);
  const result = await till.charge(sale());
  assert.equal(result.outcome, 'paid');
  assert.equal(world.charged, 1250);
  assert.deepEqual(steps, ['sending', 'asking']);
});

test('the request is lost: the same charge goes out again and nobody pays twice', async () => {
  const { world, till, steps } = fakeWorld(['request lost', 'request lost', 'ok', 'answer lost', 'request lost', 'ok']);
  const result = await till.charge(sale());
  assert.equal(result.outcome, 'paid');
  assert.equal(world.charged, 1250);
  assert.equal(new Set(world.charges.map(String)).size, 1, 'one order number, one code, one amount');
  assert.deepEqual(steps, ['sending', 'asking', 'asking', 'repeating', 'asking', 'asking']);
});

test('nothing arrives for over a minute: asking, then cancelling, then known', async () => {
  const { world, till, steps, journal } = fakeWorld(Array(14).fill('request lost'));
  const result = await till.charge(sale());
  assert.equal(result.outcome, 'known-canceled');
  assert.equal(world.charged, 0);
  assert.equal(steps.at(-1), 'canceling');
  assert.ok(!steps.includes('repeating'), 'a dead code is not sent again');
  assert.deepEqual(journal.all(), []);
});

test('a cancel whose answer is lost is asked about until it is known', async () => {
  const script = [...Array(14).fill('request lost'), 'ok', 'answer lost'];
  const { world, till } = fakeWorld(script);
  const result = await till.charge(sale());
  assert.equal(result.outcome, 'known-canceled');
  assert.deepEqual(world.calls.slice(-3), ['ask', 'cancelOrder', 'ask']);
});

test('every fate of the first four requests, fresh code or old, cancelled or not: known, true, never charged twice', async () => {
  for (const script of scripts(4)) {
    for (const codeAgeMs of [0, 52_000]) {
      for (const cancelAtStep of [0, 1, 2, 3]) {
        const what = `${script} age ${codeAgeMs} cancel ${cancelAtStep}`;
        const { world, till, steps, journal } = fakeWorld(script);
        const mine = sale({ scannedAtMs: SCANNED_AT - codeAgeMs });
        world.onStep = () => { if (steps.length === cancelAtStep) till.cancel(mine); };
        const { outcome } = await till.charge(mine);
        world.arriveLast();
        assert.equal(world.charged, { paid: 1250, 'known-canceled': 0 }[outcome], what);
        assert.equal(world.orders.size, 1, what);
        assert.deepEqual(journal.all(), [], what);
      }
    }
  }
});

test('the journal has the sale before the first request, and a reload settles it', async (t) => {
  for (const fate of ['request lost', 'answer lost']) {
    await t.test(fate, async () => {
      const storage = memoryStorage();
      const before = fakeWorld([fate, ...Array(99).fill('request lost')], { storage });
      const closed = new Promise((resolve) => { before.world.onStep = ({ step }) => { if (step === 'asking') { resolve(); throw new Error('page closed'); } }; });
      before.till.charge(sale()).catch(() => {});
      await closed;
      const [remembered] = before.journal.all();
      assert.equal(remembered.orderNo, sale().orderNo);

      const after = fakeWorld([], { storage, orders: before.world.orders });
      const result = await after.till.resume(remembered);
      assert.equal(result.outcome, 'paid');
      assert.equal(after.world.charged, 1250);
      assert.deepEqual(after.journal.all(), []);
    });
  }
});

test('a till that cannot remember does not charge', async () => {
  const storage = { ...memoryStorage(), setItem() { throw new Error('quota'); } };
  const { world, till } = fakeWorld([], { storage });
  assert.equal((await till.charge(sale())).reason, 'till_cannot_remember');
  assert.deepEqual(world.calls, []);
});

test('a pending payment is watched until the payer has answered, through a lost network', async () => {
  const { world, till, steps } = fakeWorld(['ok', 'ok', 'request lost', 'request lost', 'ok'], { startPending: true });
  world.onPause = () => { if (world.calls.length === 6) for (const order of world.orders.values()) order.status = 'succeeded'; };
  const result = await till.charge(sale());
  assert.equal(result.outcome, 'paid');
  assert.deepEqual(steps.slice(0, 5), ['sending', 'waiting', 'waiting', 'asking', 'asking']);
});

test('cancel while the payer is asked stops it', async () => {
  const { world, till } = fakeWorld(['ok', 'ok', 'answer lost'], { startPending: true });
  const mine = sale();
  world.onStep = ({ step }) => { if (step === 'waiting' && world.calls.length === 2) till.cancel(mine); };
  const result = await till.charge(mine);
  assert.equal(result.outcome, 'known-canceled');
  assert.equal(world.charged, 0);
});

test('cancel while finding out undoes a charge that did arrive', async () => {
  const { world, till } = fakeWorld(['answer lost', 'request lost']);
  const mine = sale();
  world.onStep = ({ step }) => { if (step === 'asking') till.cancel(mine); };
  const result = await till.charge(mine);
  assert.equal(result.outcome, 'known-canceled');
  assert.equal(world.charged, 0);
});

test('after a refusal the same order takes another code, and the old decline does not answer for it', async () => {
  const { world, till } = fakeWorld(['ok', 'request lost']);
  const first = await till.charge(sale({ code: 'bad' }));
  assert.equal(first.outcome, 'refused');
  assert.equal(first.reason, 'code_used');
  const second = await till.charge(withCode(first.sale, '701234567893326377', world.clockMs));
  assert.equal(second.outcome, 'paid');
  assert.equal(second.sale.orderNo, first.sale.orderNo);
  assert.equal(world.charged, 1250);
});

test('a code refused once, found good by a request that arrives late, charges nobody after the sale was refused', async () => {
  for (const script of scripts(4)) {
    const { world, till } = fakeWorld(script);
    const first = await till.charge(sale({ code: 'poor' }));
    if (first.outcome !== 'refused') continue; // its first try was decided while its answer was lost
    const order = takesAnotherCode(first) ? first.sale : sale({ orderNo: 'T1-261121-120100-BBBBB', attempt: 0 });
    const second = await till.charge(withCode(order, 'bad', world.clockMs));
    world.arriveLast();
    assert.equal(second.outcome, 'refused', script.join());
    assert.equal(world.charged, 0, script.join());
  }
});
