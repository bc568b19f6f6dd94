// The server's statement of a day (CSV, RFC 4180), set beside the till's own list of the same day.
//
// The first line names the columns. A line of type payment, cancel or refund is a movement of the merchant's account
// on that day, `amount` with its sign in minor units; the line of type total is what the account moved by, per currency.
// A statement counts by the day of the movement, a list by the day of the sale. So a statement may have refunds of
// earlier sales, and a list may know of refunds made later; compare() sets both aside, and nothing else.

import { netOf, totals } from './day.js';

/** Splits CSV text into records of fields. */
export function parseCSV(text) {
  const records = [];
  let record = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  while (field.lastIndex < text.length) {
    const found = field.exec(text);
    if (!found) throw new SyntaxError('not CSV');
    const [, quoted, plain, end] = found;
    record.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end !== ',') { records.push(record); record = []; }
  }
  if (record.length) records.push([...record, '']); // the text ended with a comma
  return records;
}

const MOVEMENTS = new Set(['payment', 'cancel', 'refund']);

/** readStatement answers {movements: [{type, paymentId, amount, currency}], stated: Map currency → amount}. Throws SyntaxError. */
export function readStatement(text) {
  const [names, ...records] = parseCSV(text);
  const column = (name) => {
    const at = names?.indexOf(name) ?? -1;
    if (at < 0) throw new SyntaxError(`no column ${name}`);
    return at;
  };
  const [type, paymentId, amount, currency] = ['type', 'payment_id', 'amount', 'currency'].map(column);
  const lines = records.map((record) => ({ type: record[type], paymentId: record[paymentId], amount: Number(record[amount]), currency: record[currency] }));
  if (!lines.every((line) => Number.isSafeInteger(line.amount) && line.currency)) throw new SyntaxError('not a statement');
  return {
    movements: lines.filter((line) => MOVEMENTS.has(line.type)),
    stated: new Map(lines.filter((line) => line.type === 'total').map((line) => [line.currency, line.amount])),
  };
}

/**
 * compare answers for each currency {currency, list, statement, earlier, later, stated, equal}, minor units:
 * list and statement are {count, sold, refunded, net} of the list's payments; `earlier` what the statement moved for
 * sales of other days; `later` what was given back since, which only a day that `isOver` can have; `stated` the total line.
 */
export function compare(payments, { movements, stated }, { isOver }) {
  const currencies = new Set([...totals(payments), ...movements].map(({ currency }) => currency));
  return [...currencies].sort().map((currency) => {
    const of = (things) => things.filter((thing) => thing.currency === currency);
    return { currency, ...compareOne(of(payments), of(movements), stated.get(currency), isOver) };
  });
}

function compareOne(payments, movements, stated, isOver) {
  const listed = new Map(payments.map((payment) => [payment.id, payment]));
  const others = movements.filter(({ paymentId }) => !listed.has(paymentId));
  const ours = movements.filter(({ paymentId }) => listed.has(paymentId));
  const moved = new Map();
  for (const { paymentId, amount } of ours) moved.set(paymentId, (moved.get(paymentId) ?? 0) + amount);

  let later = 0;
  let equal = others.every(({ type }) => type !== 'payment') && sum(movements) === stated;
  for (const payment of payments) {
    const difference = (moved.get(payment.id) ?? 0) - netOf(payment);
    if (difference > 0 && isOver && (payment.refunded > 0 || payment.status === 'canceled')) later += difference;
    else if (difference !== 0) equal = false;
  }
  return { list: totalOf(payments), statement: totalOfMovements(ours), earlier: sum(others), later, stated, equal };
}

const sum = (movements) => movements.reduce((total, { amount }) => total + amount, 0);

const totalOf = (payments) => totals(payments)[0] ?? { count: 0, sold: 0, refunded: 0, net: 0 };

function totalOfMovements(movements) {
  const of = (type) => movements.filter((movement) => movement.type === type);
  const sold = sum(of('payment')) + sum(of('cancel'));
  const refunded = 0 - sum(of('refund')); // a minus sign would make −0 of nothing, and "-¥0.00" of that
  return { count: of('payment').length - of('cancel').length, sold, refunded, net: sold - refunded };
}
