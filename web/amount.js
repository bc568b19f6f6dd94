// Amounts that people type, to integer minor units; no float on the way.

/** The largest amount a till takes: far above any sale, far below where JSON numbers lose digits. */
export const MAX_AMOUNT_MINOR = 99_999_999_999;

/** Decimals of a currency (ISO 4217): 2 for CNY, 0 for JPY, 3 for KWD. */
export function exponentOf(currency) {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;
}

/** What a keyboard, an input method or a comma key makes of digits and a point, as digits and a point. */
export function tidy(text) {
  return text.normalize('NFKC').replace(/[,。、]/g, '.').replace(/\s/g, '');
}

/**
 * parseAmount('12.5', 2) is {minor: 1250}. Nothing typed is {minor: 0}. Otherwise {wrong}:
 * amount_unreadable | amount_decimals | amount_no_decimals | amount_too_large.
 */
export function parseAmount(text, exponent) {
  const match = /^(\d*)(?:\.(\d*))?$/.exec(text);
  if (!match) return { wrong: 'amount_unreadable' };
  const [, whole, decimals = ''] = match;
  if (decimals.length > exponent) return { wrong: exponent === 0 ? 'amount_no_decimals' : 'amount_decimals' };
  const minor = Number(whole + decimals.padEnd(exponent, '0'));
  return minor > MAX_AMOUNT_MINOR ? { wrong: 'amount_too_large' } : { minor };
}

/** The text that parses to `minor`: 1250 with exponent 2 is "12.50". */
export function amountText(minor, exponent) {
  const digits = String(minor).padStart(exponent + 1, '0');
  return exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}
