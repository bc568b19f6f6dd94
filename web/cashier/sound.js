// Four sounds that can be told apart without looking, made on the spot: nothing to download.

const TUNES = { // [frequency in Hz, start in s, length in s]
  paid: [[880, 0, 0.14], [1318.5, 0.12, 0.4]],
  refused: [[220, 0, 0.22], [174.6, 0.24, 0.4]],
  waiting: [[659.3, 0, 0.12]],
  lost: [[440, 0, 0.12], [440, 0.2, 0.12]],
  'known-canceled': [[392, 0, 0.16], [392, 0.2, 0.16]],
};

let context;

/** Plays the tune of an outcome's state. A browser that has not been touched yet stays silent. */
export function play(state) {
  const tune = TUNES[state];
  if (!tune || !globalThis.AudioContext) return;
  context ??= new AudioContext();
  context.resume().then(() => tune.forEach((note) => ring(...note))).catch(() => {});
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
