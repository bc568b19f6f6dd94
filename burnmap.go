package paycode

// BurnMap remembers which slots of one device are spent: ten nonces in each of
// six windows, of which Base is the first. It only ever moves forward, and every
// slot before Base counts as spent, so nothing is ever forgotten and nothing
// grows. The zero value is a device that never paid.
type BurnMap struct {
	Base Counter
	Bits uint64 // bit 10·(counter-Base)+nonce
}

const (
	burnWindows = 2*maxSkew + 2 // all that can match at once, and one to spare
	burnNonces  = int(MaxNonce) + 1
)

// Burned reports whether the slot is spent.
func (m BurnMap) Burned(s Slot) bool {
	if s.Counter < m.Base || s.Nonce > MaxNonce {
		return true
	}
	return s.Counter-m.Base < burnWindows && m.Bits&m.bit(s) != 0
}

// Burn returns the map with the slot spent, and true. If the slot was spent
// before, it returns the map as it was, and false: nothing may be paid.
func (m BurnMap) Burn(s Slot) (BurnMap, bool) {
	if m.Burned(s) {
		return m, false
	}
	if s.Counter-m.Base >= burnWindows {
		m = m.Forward(s.Counter - (burnWindows - 1))
	}
	m.Bits |= m.bit(s)
	return m, true
}

// Forward returns the map with every slot before base spent as well.
func (m BurnMap) Forward(base Counter) BurnMap {
	if base > m.Base {
		m.Bits >>= uint64(base-m.Base) * uint64(burnNonces) // 0 once everything has left
		m.Base = base
	}
	return m
}

func (m BurnMap) bit(s Slot) uint64 {
	return 1 << (int(s.Counter-m.Base)*burnNonces + int(s.Nonce))
}
