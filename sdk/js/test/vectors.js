// The published vectors, which every implementation is held to.

import { readFileSync } from 'node:fs';
import { fromHex } from './hex.js';

const read = (name) => JSON.parse(readFileSync(new URL(`../../../vectors/${name}.json`, import.meta.url)));

/** The vectors of one file: [{name, input, outcome, output}]. */
export const vectorsOf = (name) => read(name).vectors;

/** The worked example of the specification, with every value on the way. */
export const EXAMPLE = read('example');

/** The profiles that the vectors name. */
export const PROFILES = read('profiles');

/** A vector's challenge as hashChallenge takes it, undefined as it is. */
export const challengeOf = (challenge) => challenge && {
  nonce: fromHex(challenge.nonce),
  amountMinor: BigInt(challenge.amount),
  currency: challenge.currency,
  merchant: fromHex(challenge.merchant),
};
