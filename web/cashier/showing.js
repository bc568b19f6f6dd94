// A till without network: the shop's code for the customer, and then the customer's receipt.

import { html, useLayoutEffect, useRef } from '/vendor/htm-preact.js';
import { QR } from '/qr.js';
import { Camera } from './scanning.js';

/** `offline` is { sale, code, scanning }; actions: scan, code (what was scanned), back. */
export function Showing({ i18n, offline, notice, actions }) {
  const { sale, code, scanning } = offline;
  const section = useRef(null);
  useLayoutEffect(() => { section.current.focus({ preventScroll: true }); }, [scanning]); // so that keys are heard here
  function key(event) {
    if (event.key === 'Escape') actions.back();
    if (event.key === 'Enter' && event.target === section.current && !scanning) actions.scan();
  }
  const title = i18n.t(scanning ? 'receipt_title' : 'show_title');
  return html`<section class="scanning showing panel" ref=${section} tabindex="-1" aria-label=${title} onKeyDown=${key} data-scanning=${Boolean(scanning)}>
    <div class="row">
      <h2 class="grow">${title}</h2>
      <span class="amount">${i18n.money(sale.amountMinor, sale.currency)}</span>
    </div>
    ${scanning ? html`<${Camera} i18n=${i18n} onCode=${actions.code} />` : html`<div class="shop-code"><${QR} text=${code} width=${Math.min(340, innerWidth - 136)} label=${i18n.t('show_label')} /></div>`}
    <p id="scan-notice" class=${notice ? 'notice' : 'hint'} data-tone=${notice ? 'wait' : ''} role="status">${i18n.t(notice || (scanning ? 'receipt_hint' : 'show_hint'))}</p>
    <p class="mono soft center">${sale.orderNo}</p>
    <div class="row choices">
      <button id="back" type="button" class="plain" onClick=${actions.back}>${i18n.t(scanning ? 'show_again' : 'show_give_up')}</button>
      ${!scanning && html`<button id="scan-receipt" type="button" class="primary" onClick=${actions.scan}>${i18n.t('receipt_scan')}</button>`}
    </div>
  </section>`;
}
