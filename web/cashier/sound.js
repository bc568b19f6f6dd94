// The sounds of a sale's outcomes.

import { play as playNotes } from '/sound.js';

const TUNES = { // [frequency in Hz, start in s, length in s]
  paid: [[880, 0, 0.14], [1318.5, 0.12, 0.4]],
  refused: [[220, 0, 0.22], [174.6, 0.24, 0.4]],
  waiting: [[659.3, 0, 0.12]],
  lost: [[440, 0, 0.12], [440, 0.2, 0.12]],
  'known-canceled': [[392, 0, 0.16], [392, 0.2, 0.16]],
};

/** Plays the tune of an outcome's state. */
export const play = (state) => playNotes(TUNES[state]);
