package paycode

import "math"

// Key is a seed with the session keys of the windows around one moment, so that
// the codes of one device in one minute cost half as much to verify. It is as
// secret as the seed and prints as "[redacted]".
//
// A Key stays right for ever: windows that it was not prepared for are derived
// when they are asked for. It is never written after it was made, so it may be
// shared.
type Key struct {
	seed     Seed
	first    Counter // of the prepared windows
	count    int     // how many are prepared
	sessions [2*maxSkew + 1][32]byte
}

// Prepare derives the session keys of all windows that the profile accepts when
// it is now.
func (p Profile) Prepare(seed *Seed, now Counter) Key {
	k := Key{seed: *seed}
	k.first, k.count = p.live(now)
	for i := range k.count {
		k.sessions[i] = session(seed, k.first+Counter(i))
	}
	return k
}

// live returns the first of the windows that are accepted when it is now, and how
// many there are: fewer than usual at either end of time.
func (p Profile) live(now Counter) (first Counter, count int) {
	skew := Counter(p.Skew)
	first = now - min(skew, now)
	last := now + min(skew, math.MaxUint32-now)
	return first, int(last-first) + 1
}

func (k *Key) session(counter Counter) [32]byte {
	if i := counter - k.first; i < Counter(k.count) {
		return k.sessions[i]
	}
	return session(&k.seed, counter)
}
