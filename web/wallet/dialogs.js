// Modal things: a dialog that opens as soon as it is drawn, keeps the focus inside and gives it back.

import { html, useEffect, useRef } from '/vendor/htm-preact.js';

/**
 * A modal dialog. onEscape is called for the Escape key or the phone's back gesture. Without it the dialog
 * stays: browsers let a page refuse the first such request only, so it is opened again.
 */
export function Dialog({ onEscape, children, ...attributes }) {
  const element = useRef(null);
  const drawn = useRef(true);
  useEffect(() => {
    const dialog = element.current;
    dialog.showModal();
    return () => { drawn.current = false; dialog.close(); };
  }, []);
  const refuse = (event) => { event.preventDefault(); onEscape?.(); };
  const reopen = () => { if (drawn.current) element.current.showModal(); };
  return html`<dialog ref=${element} onCancel=${refuse} onClose=${reopen} ...${attributes}>${children}</dialog>`;
}
