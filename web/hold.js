// A code that stays before a camera is read again and again. It is one until it has been out of sight: else whoever is
// slow to take his phone away from a gate would see "go" turn into "already used".

/** How long a code must be out of sight before the same one is a new tap. The camera tells of one in sight every 1.5 s. */
export const OUT_OF_SIGHT_MS = 2_500;

/** Hold tells new codes from one that is still held. It is pure: times come from the caller. */
export class Hold {
  #text = '';
  #seenMs = -Infinity;

  /** Is this text, seen now, new? */
  isNew(text, nowMs) {
    const held = text === this.#text && nowMs - this.#seenMs < OUT_OF_SIGHT_MS;
    this.#text = text;
    this.#seenMs = nowMs;
    return !held;
  }

  /** What was seen last is still there, while nobody looks. */
  stays(nowMs) { this.#seenMs = nowMs; }
}
