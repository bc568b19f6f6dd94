// Code 128 (ISO/IEC 15417): the barcode that every till's scanner reads. Digits go two to a symbol character
// (set C), everything else one by one (set B).

// Widths of bar, space, bar, space, bar, space for the values 0–105, in modules.
const PATTERNS = [
  '212222 222122 222221 121223 121322 131222 122213 122312 132212 221213',
  '221312 231212 112232 122132 122231 113222 123122 123221 223211 221132',
  '221231 213212 223112 312131 311222 321122 321221 312212 322112 322211',
  '212123 212321 232121 111323 131123 131321 112313 132113 132311 211313',
  '231113 231311 112133 112331 132131 113123 113321 133121 313121 211331',
  '231131 213113 213311 213131 311123 311321 331121 312113 312311 332111',
  '314111 221411 431111 111224 111422 121124 121421 141122 141221 112214',
  '112412 122114 122411 142112 142211 241211 221114 413111 241112 134111',
  '111242 121142 121241 114212 124112 124211 411212 421112 421211 212141',
  '214121 412121 111143 111341 131141 114113 114311 411113 411311 113141',
  '114131 311141 411131 211412 211214 211232',
].join(' ').split(' ');
const STOP_PATTERN = '2331112';

const CODE_B = 100; // within set C: the next characters are of set B
const START_B = 104;
const START_C = 105;

/** Modules of white that a scanner needs on either side. */
export const QUIET_MODULES = 10;

/** Widths in modules, bar first, bars and spaces in turn. Throws a RangeError outside printable ASCII. */
export function encodeCode128(text) {
  const values = /^[0-9]{2,}$/.test(text) ? digitValues(text) : [START_B, ...characterValues(text)];
  const check = values.reduce((sum, value, i) => sum + value * Math.max(i, 1), 0) % 103;
  return [...[...values, check].map((value) => PATTERNS[value]).join(''), ...STOP_PATTERN].map(Number);
}

function digitValues(text) {
  const pairs = text.match(/[0-9]{2}/g).map(Number);
  const odd = text.length % 2 === 1 ? [CODE_B, ...characterValues(text.at(-1))] : [];
  return [START_C, ...pairs, ...odd];
}

function characterValues(text) {
  return [...text].map((char) => {
    const value = char.charCodeAt(0) - 32;
    if (value < 0 || value > 94) throw new RangeError('Code 128 set B holds printable ASCII only');
    return value;
  });
}

/**
 * The symbol as an SVG path of height 1, with its quiet zones: {modules, path}. Draw it black on white in
 * viewBox="0 0 {modules} 1" with preserveAspectRatio="none" and shape-rendering="crispEdges".
 */
export function drawCode128(text) {
  let x = QUIET_MODULES;
  let path = '';
  encodeCode128(text).forEach((width, i) => {
    if (i % 2 === 0) path += `M${x} 0h${width}v1h-${width}z`;
    x += width;
  });
  return { modules: x + QUIET_MODULES, path };
}
