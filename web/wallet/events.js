// Server-sent events over fetch: EventSource cannot send the headers that prove the device.

/**
 * Reads a text/event-stream body (WHATWG HTML section 9.2.6) and calls onEvent(type, data) for each event.
 * onBytes is called whenever anything arrives, comments too: the sign of life. Resolves when the stream ends.
 */
export async function readEvents(body, onEvent, onBytes = () => {}) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onBytes();
    const blocks = (pending + value).split(/\r\n\r\n|\n\n|\r\r/);
    pending = blocks.pop();
    for (const block of blocks) dispatch(block, onEvent);
  }
}

function dispatch(block, onEvent) {
  let type = 'message';
  const data = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
    if (field === 'event') type = value;
    if (field === 'data') data.push(value);
  }
  if (data.length > 0) onEvent(type, data.join('\n'));
}
