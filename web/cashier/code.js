// What a scan can be, told by its shape alone. Whether a payment code is good is the server's to say.

// A member number and the six digits of an authenticator app, with whatever a keypad has to put between them.
const AUTHENTICATOR = /^(\d{10})[ .,-]+(\d{6})$/;

/** 'payment' | 'pass' (for gates) | 'receipt' (of a shop's code that was paid) | 'other'. Digits, text and EMV forms; a group of digits may be spaced. */
export function kindOfCode(scanned) {
  const text = scanned.trim();
  if (AUTHENTICATOR.test(text)) return 'payment';
  if (/^\d{16,24}$/.test(text.replace(/[ -]/g, ''))) return 'payment';
  if (/^PC1[0-9A-Z]{44}$/i.test(text)) return 'payment';
  if (/^hQVDUFYwM[A-Za-z0-9+/]{30,}=*$/.test(text)) return 'payment'; // Base64 of 85 05 "CPV01"
  if (/^PR1:/i.test(text)) return 'receipt';
  return /^PP1:/i.test(text) ? 'pass' : 'other';
}

/** The code as the server wants it. */
export function tidyCode(scanned) {
  const text = scanned.trim();
  const [, member, digits] = AUTHENTICATOR.exec(text) ?? [];
  if (member) return `${member}-${digits}`;
  return /^[\d -]+$/.test(text) ? text.replace(/[ -]/g, '') : text;
}
