// Sounds that can be told apart without looking, made on the spot: nothing to download.

let context;

/** Plays notes [frequency in Hz, start in s, length in s]. A browser that has not been touched yet stays silent. */
export function play(notes) {
  if (!notes || !globalThis.AudioContext) return;
  context ??= new AudioContext();
  context.resume().then(() => notes.forEach((note) => ring(...note))).catch(() => {});
}

function ring(frequency, start, length) {
  const from = context.currentTime + start;
  const tone = new OscillatorNode(context, { type: 'triangle', frequency });
  const loudness = new GainNode(context, { gain: 0 });
  loudness.gain.setValueAtTime(0, from);
  loudness.gain.linearRampToValueAtTime(0.3, from + 0.01);
  loudness.gain.exponentialRampToValueAtTime(0.001, from + length);
  tone.connect(loudness).connect(context.destination);
  tone.start(from);
  tone.stop(from + length);
}
