// The barcode, drawn as the QR is: every bar a whole number of the screen's pixels wide.

import { drawCode128 } from '/sdk/code128.js';
import { html } from '/vendor/htm-preact.js';
import { moduleSize } from '../qr.js';

/** Code 128 with ten modules of quiet zone on both sides; width: CSS pixels that there are. */
export function Barcode({ text, width, height, label }) {
  const { modules, path } = drawCode128(text);
  const drawn = moduleSize(width, modules) * modules;
  return html`
    <svg id="barcode" data-testid="barcode" role="img" aria-label=${label} width=${drawn} height=${height}
      viewBox="0 0 ${modules} 1" preserveAspectRatio="none" shape-rendering="crispEdges">
      <path d=${path} fill="#000" />
    </svg>`;
}
