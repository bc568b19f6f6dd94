// Modal things: a dialog that opens as soon as it is drawn, keeps the focus inside and gives it back.

import { html, useEffect, useRef } from '/vendor/htm-preact.js';

/** onEscape is called for the Escape key or the phone's back gesture; without it they do nothing. */
export function Dialog({ onEscape, children, ...attributes }) {
  const element = useRef(null);
  useEffect(() => {
    const dialog = element.current;
    dialog.showModal();
    return () => dialog.close();
  }, []);
  const cancel = (event) => { event.preventDefault(); onEscape?.(); };
  return html`<dialog ref=${element} onCancel=${cancel} ...${attributes}>${children}</dialog>`;
}
