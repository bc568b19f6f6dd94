// TypeIDs: a lower-case prefix, "_", and a UUIDv7 as a 128-bit number in 26 lower-case Crockford characters.

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
const LENGTH = 26;

/** "dev_01jf…" to its 16 UUID bytes. Throws a TypeError on another prefix or a wrong spelling. */
export function parseTypeID(text, prefix) {
  const digits = [...text.slice(prefix.length + 1)].map((char) => DIGITS.indexOf(char));
  const number = digits.reduce((sum, digit) => sum * 32n + BigInt(digit), 0n);
  if (!text.startsWith(`${prefix}_`) || digits.length !== LENGTH || digits.includes(-1) || number >> 128n !== 0n) {
    throw new TypeError(`not an id of kind ${prefix}`);
  }
  return Uint8Array.from({ length: 16 }, (_, i) => Number((number >> BigInt(8 * (15 - i))) & 255n));
}

/** 16 UUID bytes to a TypeID. */
export function formatTypeID(prefix, bytes) {
  const number = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const digits = Array.from({ length: LENGTH }, (_, i) => DIGITS[Number((number >> BigInt(5 * (LENGTH - 1 - i))) & 31n)]);
  return `${prefix}_${digits.join('')}`;
}
