package access

import (
	"encoding/binary"
	"sync"
	"time"
)

// RevocationDelay is how long a revoked key may go on being accepted, where it
// was used just before and another server revoked it.
const RevocationDelay = 10 * time.Second

// maxRecent bounds the memory for remembered keys.
const maxRecent = 1 << 16

// recent remembers good keys for RevocationDelay at most, and half of it at least.
// Keys that are not good are not remembered, so guessing fills nothing. The zero
// value is ready.
type recent struct {
	mu    sync.RWMutex
	known map[[32]byte]remembered
}

type remembered struct {
	caller Caller
	until  time.Time
}

func (r *recent) find(hash [32]byte, now time.Time) (Caller, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	k, ok := r.known[hash]
	return k.caller, ok && now.Before(k.until)
}

// add remembers a key that was looked up at now. When too many are remembered it
// forgets all of them: cheaper than keeping them in order, and as correct.
func (r *recent) add(hash [32]byte, c Caller, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil || len(r.known) >= maxRecent {
		r.known = map[[32]byte]remembered{}
	}
	r.known[hash] = remembered{c, now.Add(lasting(hash))}
}

// lasting is how long a key is remembered. It differs from key to key, so that keys
// which were looked up together, when a server has started, are not for ever: a
// thousand look-ups at once would hold up the payments of that moment.
func lasting(hash [32]byte) time.Duration {
	part := time.Duration(binary.BigEndian.Uint16(hash[:]))
	return RevocationDelay - RevocationDelay/2*part>>16
}

func (r *recent) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known = nil
}
