// The page's signs, as inline SVG; the words beside them carry the meaning.

import { html } from '/vendor/htm-preact.js';

const stroke = (path, width = 2) => html`<svg viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor"
  stroke-width=${width} stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${path} /></svg>`;

export const backspaceIcon = () => stroke('M9 5h11a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H9l-6-7zM12 9.5l5 5m0-5-5 5');
export const soundOnIcon = () => stroke('M4 9.5v5h3.5L12 19V5L7.5 9.5zM15.5 9a4.5 4.5 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11');
export const soundOffIcon = () => stroke('M4 9.5v5h3.5L12 19V5L7.5 9.5zM16 9.5l5 5m0-5-5 5');
export const settingsIcon = () => stroke('M4 7h9m5 0h2M4 17h2m5 0h9M13 4.5v5m-7 5v5', 2);
export const refreshIcon = () => stroke('M20 11a8 8 0 1 0-2.3 6.7M20 5v6h-6');
export const cameraIcon = () => stroke('M4 8h3l2-3h6l2 3h3v11H4zM12 10a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7');
export const saleIcon = () => stroke('M5 4h14v16H5zM8.5 8h7M8.5 12h.01M12 12h.01M15.5 12h.01M8.5 16h.01M12 16h.01M15.5 16h.01');
export const listIcon = () => stroke('M5 6h14M5 12h14M5 18h9');

const SIGNS = {
  paid: 'M13 25l8 8 15-17',
  refused: 'M15 15l18 18m0-18L15 33',
  'known-canceled': 'M13 24h22',
  waiting: 'M24 13v12l8 5',
  lost: 'M18.5 18.5a5.5 5.5 0 1 1 8 4.9c-1.8 1-2.5 2-2.5 4.1M24 34.5v.1',
  sending: 'M24 34V14m-8 8 8-8 8 8',
};

/** The large sign of an outcome. */
export const sign = (state) => html`<svg class="sign" viewBox="0 0 48 48" fill="none" stroke="currentColor" stroke-width="3.5"
  stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><circle cx="24" cy="24" r="21" opacity=".45" /><path d=${SIGNS[state]} /></svg>`;
