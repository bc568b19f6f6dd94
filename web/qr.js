// A QR, drawn so that every module is a whole number of the screen's pixels: scanners forgive much, but not lines that
// are sometimes two and sometimes three pixels wide.

import { correction, generate } from '/vendor/lean-qr.js';
import { html } from '/vendor/htm-preact.js';

const QUIET_OF_QR = 4;

/** Largest module in CSS pixels that fits `modules` of them into `width` and is whole on this screen. */
export function moduleSize(width, modules) {
  const ratio = globalThis.devicePixelRatio || 1;
  return Math.max(1, Math.floor((width * ratio) / modules)) / ratio;
}

/** QR with its four modules of quiet zone; width: of the symbol itself; level: of error correction, at least. */
export function QR({ text, width, label, level = correction.M }) {
  const { size, path } = drawQR(text, level);
  const modules = size + 2 * QUIET_OF_QR;
  const drawn = moduleSize(width, size) * modules;
  return html`
    <svg id="qr" data-testid="qr" role="img" aria-label=${label} width=${drawn} height=${drawn}
      viewBox="${-QUIET_OF_QR} ${-QUIET_OF_QR} ${modules} ${modules}" shape-rendering="crispEdges">
      <path d=${path} fill="#000" />
    </svg>`;
}

function drawQR(text, level) {
  const symbol = generate(text, { minCorrectionLevel: level });
  let path = '';
  for (let y = 0; y < symbol.size; y++) {
    for (let x = 0; x < symbol.size; x++) {
      if (symbol.get(x, y)) path += `M${x} ${y}h1v1h-1z`;
    }
  }
  return { size: symbol.size, path };
}
