// Crockford's Base32: digits and letters without I, L, O and U. Two uses: the text code, whose spare bits
// are at the end, and TypeIDs, where a 128-bit number has its spare bits in front.

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

// Crockford's reading rules: lower case is upper case, O is 0, I and L are 1. A table and not toUpperCase,
// which also turns characters outside ASCII (ı, ſ) into letters.
const READ_AS = new Map([...ALPHABET].map((char, value) => [char, value]));
for (const [char, like] of ['O0', 'I1', 'L1']) READ_AS.set(char, READ_AS.get(like));
for (const [char, value] of [...READ_AS]) READ_AS.set(char.toLowerCase(), value);

/** Bytes to upper-case characters; the last character is filled up with zero bits. */
export function encodeCrockford(bytes) {
  let text = '';
  let bits = 0;
  let pending = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += ALPHABET[(pending >> (bits - 5)) & 31];
    pending &= (1 << bits) - 1;
  }
  return bits > 0 ? text + ALPHABET[(pending << (5 - bits)) & 31] : text;
}

/**
 * Characters to `length` bytes by Crockford's reading rules, or null. The spare bits of the last character
 * must be zero: else one code would have 16 spellings, and whoever remembers codes by their spelling is fooled.
 */
export function decodeCrockford(text, length) {
  if (text.length !== Math.ceil((length * 8) / 5)) return null;
  const bytes = new Uint8Array(length);
  let at = 0;
  let bits = 0;
  let pending = 0;
  for (const char of text) {
    const value = READ_AS.get(char);
    if (value === undefined) return null;
    pending = (pending << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = pending >> bits;
      pending &= (1 << bits) - 1;
    }
  }
  return pending === 0 ? bytes : null;
}

/** The canonical spelling of one character, as the encoder writes it, or undefined. */
export const canonicalChar = (char) => ALPHABET[READ_AS.get(char)];
