// The server's statement of a day (CSV, RFC 4180), read far enough to compare it with the till's own list.
//
// The first line names the columns. Lines whose `type` is payment or refund are movements; those whose `type` is
// "total" sum a currency up: `amount` is what the merchant gets, in minor units, refunds already taken off.

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

/**
 * readStatement sums the movements up per currency, and takes the server's own total beside them:
 * [{currency, count, sold, refunded, net, stated}], minor units, `stated` null where there is no total line.
 * Throws SyntaxError where the text is not a statement.
 */
export function readStatement(text) {
  const [names, ...records] = parseCSV(text);
  if (!['type', 'amount', 'currency'].every((name) => names?.includes(name))) throw new SyntaxError('not a statement');
  const sums = new Map();
  for (const record of records) {
    const line = Object.fromEntries(names.map((name, i) => [name, record[i]]));
    const sum = sums.get(line.currency) ?? { currency: line.currency, count: 0, sold: 0, refunded: 0, net: 0, stated: null };
    sums.set(line.currency, added(sum, line.type, Number(line.amount)));
  }
  return [...sums.values()].sort((a, b) => a.currency.localeCompare(b.currency));
}

function added(sum, type, amount) {
  if (!Number.isSafeInteger(amount)) throw new SyntaxError('not an amount');
  switch (type) {
    case 'payment': return { ...sum, count: sum.count + 1, sold: sum.sold + amount, net: sum.net + amount };
    case 'refund': return { ...sum, refunded: sum.refunded + Math.abs(amount), net: sum.net - Math.abs(amount) };
    case 'total': return { ...sum, stated: amount };
    default: throw new SyntaxError('not a kind of line');
  }
}

const COMPARED = ['count', 'sold', 'refunded', 'net'];

/** compare sets the list's totals beside the statement's: [{currency, list, statement, equal}]. The total line must agree too. */
export function compare(list, statement) {
  const currencies = [...new Set([...list, ...statement].map(({ currency }) => currency))].sort();
  const none = (currency) => ({ currency, count: 0, sold: 0, refunded: 0, net: 0, stated: 0 });
  return currencies.map((currency) => {
    const of = (sums) => sums.find((sum) => sum.currency === currency) ?? none(currency);
    const [ours, theirs] = [of(list), of(statement)];
    return { currency, list: ours, statement: theirs, equal: COMPARED.every((name) => ours[name] === theirs[name]) && theirs.stated === theirs.net };
  });
}
