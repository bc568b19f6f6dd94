package pass

import (
	"sync"

	"github.com/veraison/go-cose"
)

// knownPass is a pass with its key ready to verify, and the bytes that its
// presentations are known by.
type knownPass struct {
	pass     Pass
	keyID    uint32
	alg      cose.Algorithm
	claims   []byte
	envelope sign1
	device   cose.Verifier
}

func readPass(b []byte) (*knownPass, error) {
	i, err := openPass(b)
	if err != nil {
		return nil, err
	}
	p, err := i.claims.pass()
	if err != nil {
		return nil, err
	}
	return &knownPass{p, i.keyID(), i.head.Algorithm, i.envelope.Payload, i.envelope, es256{p.DeviceKey}}, nil
}

// generation is how many passes each half of a memory holds: two are a few
// megabytes, and a gate's rush hour.
const generation = 4096

// memory holds passes whose issuer signature was right, by all their bytes, the
// signature too. It is bounded: when the young half is full, the old one is
// forgotten. Only an issuer can fill it, since nothing gets in unverified.
type memory struct {
	mu         sync.Mutex
	young, old map[string]*knownPass
}

func (m *memory) get(b []byte) *knownPass {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k := m.young[string(b)]; k != nil {
		return k
	}
	k := m.old[string(b)]
	if k != nil {
		m.put(string(b), k)
	}
	return k
}

func (m *memory) add(b []byte, k *knownPass) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(string(b), k)
}

func (m *memory) put(b string, k *knownPass) {
	if m.young == nil || len(m.young) >= generation {
		m.young, m.old = make(map[string]*knownPass), m.young
	}
	m.young[b] = k
}
