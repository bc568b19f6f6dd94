// The profile: issuer configuration that every device gets at enrolment and at each sync.

import { CodeError } from './errors.js';

/** What an issuer uses who has configured nothing: 18 digits, a new window every 60 s. */
export const DEFAULT_PROFILE = Object.freeze({
  prefix: '70', online_prefix: '71', alias_digits: 9, otp_digits: 6, period_s: 60, skew: 1, seed_ttl: 30 * 24 * 3600,
});

/** Length of a digits code: prefix, alias, one nonce digit, otp. */
export const codeLength = (profile) => 2 + profile.alias_digits + 1 + profile.otp_digits;

const within = (value, least, most) => Number.isInteger(value) && value >= least && value <= most;
const isPrefix = (text) => /^[0-9]{2}$/.test(text);

/** Returns the profile, or throws CodeError 'profile_invalid' saying which field cannot be used. */
export function checkProfile(profile) {
  const usable = {
    prefix: isPrefix(profile.prefix),
    online_prefix: isPrefix(profile.online_prefix) && profile.online_prefix !== profile.prefix,
    alias_digits: within(profile.alias_digits, 6, 12),
    otp_digits: within(profile.otp_digits, 6, 12),
    'total length': within(codeLength(profile), 16, 24),
    period_s: within(profile.period_s, 10, 600),
    skew: within(profile.skew, 0, 2),
    seed_ttl: within(profile.seed_ttl, profile.period_s, 2 ** 31 - 1),
  };
  const fault = Object.keys(usable).find((field) => !usable[field]);
  if (fault) throw new CodeError('profile_invalid', `profile: ${fault} cannot be used`);
  return profile;
}

/** Has the alias no more digits than the profile gives it? */
export const aliasFits = (alias, profile) => Number.isInteger(alias) && alias >= 0 && alias < 10 ** profile.alias_digits;

/** The window a moment lies in (codes.md, "window"); before 1970 the first, past the last window the last. */
export function counterAt(unixSeconds, profile) {
  return Math.min(Math.max(Math.floor(unixSeconds / profile.period_s), 0), 2 ** 32 - 1);
}

/** Seconds until the next window begins: more than 0, at most period_s. */
export const secondsLeft = (unixSeconds, profile) => profile.period_s - (unixSeconds % profile.period_s);
