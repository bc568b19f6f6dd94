// What the phone's camera sees.

import { html, useEffect, useRef } from '/vendor/htm-preact.js';

/**
 * The camera's picture. found(text) is called for each QR code that it sees, ended() when there is no picture any more,
 * failed() when there never is one. The reader is fetched only now: half a megabyte that paying by a code never needs.
 */
export function Finder({ found, ended, failed }) {
  const video = useRef(null);
  const heard = useRef(found);
  heard.current = found;
  useEffect(() => {
    const camera = import('/scan.js').then(({ openCamera }) => openCamera(video.current, {
      formats: ['qr_code'], onText: (text) => heard.current(text), onEnd: ended,
    }));
    camera.catch(failed);
    return () => { camera.then((opened) => opened.stop(), () => {}); };
  }, []);
  return html`<video ref=${video} class="camera" muted playsinline></video>`;
}
