// A phone that is held before the camera is read again and again. It is one tap until it has been out of sight:
// else whoever is slow to take it away would see "go" turn into "already used".

/** How long a code must be out of sight before the same one is a new tap. The camera tells of one in sight every 1.5 s. */
export const OUT_OF_SIGHT_MS = 2_500;

/** Hold tells new codes from one that is still held. It is pure: times come from the caller. */
export class Hold {
  #text = '';
  #seenMs = -Infinity;

  /** Is this text, seen now, a new tap? */
  isNew(text, nowMs) {
    const held = text === this.#text && nowMs - this.#seenMs < OUT_OF_SIGHT_MS;
    this.#text = text;
    this.#seenMs = nowMs;
    return !held;
  }
}

/** What somebody held out who has no ride code, as far as it can be told: 'payment' or ''. */
export const mistakenFor = (text) => (/^(?:PC1[0-9A-Za-z]{40,}|\d{16,24})$/.test(text.trim()) ? 'payment' : '');
