// Order numbers: unique without asking anybody, short enough for any till software and for a shop's code (25
// characters), and readable over the telephone: till, date, time of day, chance.
//
//   T7K3QX-261121215104-8F2KQ

const READABLE = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'; // Crockford's 32: no I, L, O, U

/** `length` characters of chance, 5 bits each. */
export function chance(length, random = crypto.getRandomValues.bind(crypto)) {
  return Array.from(random(new Uint8Array(length)), (byte) => READABLE[byte & 31]).join('');
}

/** The till's own name, made once. */
export const newTillId = (random) => 'T' + chance(5, random);

/** A number for one sale, for the whole life of that sale. `date` is local time: it is for people, chance makes it unique. */
export function newOrderNo(tillId, date, random) {
  const two = (n) => String(n).padStart(2, '0');
  const day = two(date.getFullYear() % 100) + two(date.getMonth() + 1) + two(date.getDate());
  const time = two(date.getHours()) + two(date.getMinutes()) + two(date.getSeconds());
  return `${tillId}-${day}${time}-${chance(5, random)}`;
}

/** A number for one refund of an order, kept until its outcome is known. */
export const newRefundNo = (orderNo, random) => `${orderNo.slice(0, 26)}-R${chance(4, random)}`;
